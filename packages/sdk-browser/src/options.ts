import {
  type AnalyticsEvent,
  isWriteKey,
  maxWriteKeyLength,
  type Priority,
} from '@holdfast/protocol';
import { AnalyticsError, type CoreOptions, type Durability } from '@holdfast/sdk-core';
import { durabilities } from '@holdfast/sdk-core/ports';

/** Whether the visitor's events may be kept: `pending` keeps them in memory, unsent. */
export type Consent = 'granted' | 'pending' | 'denied';

/** What {@link createAnalytics} is told; only `writeKey` and `endpoint` have no default. */
export interface AnalyticsOptions {
  /** Public; names the tenant. */
  readonly writeKey: string;
  /** Base URLs in order of preference; the SDK appends `/v1/events`. */
  readonly endpoint: string | readonly string[];
  /** What "stored" shall survive; default `process`. */
  readonly durability?: Durability;
  /** Bytes of events in the queue; default 50 MB. */
  readonly maxQueueBytes?: number;
  /** Age in ms at which an undelivered event is given up; default 30 days. */
  readonly maxEventAgeMs?: number;
  /** Longest wait in ms of an event for its batch to fill; default 2,000. */
  readonly flushIntervalMs?: number;
  /** Events in a batch, at most 500; default 100. */
  readonly maxBatchEvents?: number;
  /** Redact, sample, enrich; null drops the event with reason `filtered`. */
  readonly beforeStore?: (event: AnalyticsEvent) => AnalyticsEvent | null;
  /** If left out: `granted`, unless a denial is stored. */
  readonly consent?: Consent;
  /** Prints diagnostics to the console. */
  readonly isDebug?: boolean;
}

/** What a single call can add. */
export interface EventOptions {
  /** Default `normal`. */
  readonly priority?: Priority | undefined;
  /** Added to the client's context, for this event alone. */
  readonly context?: object | undefined;
}

/** What an option is if it is left out. */
const browserDefaults = {
  /** Well below any browser's quota. Fuller: events are refused by priority, `queue_full`. */
  maxQueueBytes: 50_000_000,
  /** 30 days. Older: dropped, `expired`. */
  maxEventAgeMs: 2_592_000_000,
  /** Longest wait of an event for its batch to fill. */
  flushIntervalMs: 2_000,
  /** Events in a batch; the wire allows 500. */
  maxBatchEvents: 100,
  /** Requests under way at once: a page has better use for its connections. */
  maxInFlightBatches: 2,
};

const choices = {
  durability: durabilities,
  consent: ['granted', 'pending', 'denied'],
};

/** Throws `invalid_options` for what cannot work. */
export function coreOptions(options: AnalyticsOptions): CoreOptions {
  // An app without types may well give nothing.
  const { writeKey, endpoint, beforeStore } = options ?? {};
  require(isWriteKey(writeKey), 'writeKey', `1 to ${maxWriteKeyLength} ASCII characters`);
  const endpoints = [endpoint].flat().map(baseUrl);
  require(endpoints.length > 0, 'endpoint', 'one URL or more');
  const given = options as unknown as Readonly<Record<string, unknown>>;
  for (const [name, known] of Object.entries(choices)) {
    const isKnown = [undefined, ...known].includes(given[name] as string);
    require(isKnown, name, known.join(' or '));
  }
  const numbers = { ...browserDefaults };
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    numbers[name] = (given[name] ?? numbers[name]) as number;
    require(numbers[name] > 0, name, 'a number above 0');
  }
  require(numbers.maxBatchEvents <= 500, 'maxBatchEvents', 'at most 500');
  return { writeKey, endpoints, beforeStore, ...numbers };
}

/** Absolute and without a trailing slash; a path is taken relative to the page. */
function baseUrl(endpoint: string): string {
  let url = '';
  try {
    if (endpoint) url = new URL(endpoint, globalThis.location?.href).href;
  } catch {
    // Said below, with what an endpoint must be.
  }
  // `fetch` refuses a URL with a user in it, as it does other schemes: neither would ever work.
  const isBase = /^https?:..[^@/]+\/[^?#]*$/.test(url);
  require(isBase, `endpoint "${endpoint}"`, 'an http(s) URL without user or query');
  return url.replace(/\/+$/, '');
}

function require(holds: boolean, name: string, what: string): void {
  if (!holds) throw new AnalyticsError('invalid_options', `${name} must be ${what}`);
}
