import { type AnalyticsEvent, limits } from '@holdfast/protocol';
import {
  AnalyticsError,
  type CoreOptions,
  type Durability,
  type FlushReport,
} from '@holdfast/sdk-core';
import { nodeDefaults, nodeLimits } from './limits.js';

/** What {@link createAnalytics} is told; only `writeKey` and `endpoint` have no default. */
export interface AnalyticsOptions {
  /** Public; names the tenant. */
  readonly writeKey: string;
  /** Base URLs in order of preference; the SDK appends `/v1/events`. */
  readonly endpoint: string | readonly string[];
  /** What "stored" shall survive; default `process`. */
  readonly durability?: Durability;
  /** The folder of the queues; default: the user's state folder, such as `~/.local/state/holdfast/queue`. */
  readonly queueDir?: string;
  /** Bytes of events in the queue; default 1 GiB. `low` events are refused at 80 % of it. */
  readonly maxQueueBytes?: number;
  /** Age in ms at which an undelivered event is given up; default 30 days. */
  readonly maxEventAgeMs?: number;
  /** Longest wait in ms of an event for its batch to fill; default 1,000. */
  readonly flushIntervalMs?: number;
  /** Events in a batch, at most and by default 500. */
  readonly maxBatchEvents?: number;
  /** Redact, sample, enrich; null drops the event with reason `filtered`. */
  readonly beforeStore?: (event: AnalyticsEvent) => AnalyticsEvent | null;
  /** On SIGTERM and SIGINT: shut down, then raise the signal again. Default false. */
  readonly flushOnSignals?: boolean;
  /** Keeps a serverless invocation alive until what was tracked is delivered or tried. */
  readonly waitUntil?: (promise: Promise<FlushReport>) => void;
  /** Prints diagnostics to the console. */
  readonly isDebug?: boolean;
}

const durabilities: readonly unknown[] = ['memory', 'process', 'power'];

/** What the core is told. Throws `invalid_options` that lists every fault. */
export function coreOptions(options: AnalyticsOptions): CoreOptions {
  const { writeKey, endpoint, durability, queueDir, beforeStore } = options;
  const endpoints = [endpoint].flat().map((url) => String(url ?? '').replace(/\/+$/, ''));
  const faults: string[] = [];
  const must = (holds: boolean, rule: string) => {
    if (!holds) faults.push(rule);
  };
  must(typeof writeKey === 'string' && writeKey !== '', 'writeKey must be a non-empty string');
  must(endpoints.length > 0 && endpoints.every(isHttpUrl), 'endpoint must be http(s) URLs');
  must(
    durability === undefined || durabilities.includes(durability),
    'durability must be memory, process or power',
  );
  must(queueDir === undefined || queueDir !== '', 'queueDir must not be empty');
  const numbers: Record<keyof typeof nodeDefaults, number> = { ...nodeDefaults };
  for (const name of Object.keys(nodeDefaults) as (keyof typeof nodeDefaults)[]) {
    const value = options[name] ?? numbers[name];
    must(Number.isFinite(value) && value > 0, `${name} must be a number above 0`);
    numbers[name] = value;
  }
  must(
    Number.isInteger(numbers.maxBatchEvents) && numbers.maxBatchEvents <= limits.maxBatchEvents,
    `maxBatchEvents must be a whole number up to ${limits.maxBatchEvents}`,
  );
  if (faults.length > 0) throw new AnalyticsError('invalid_options', faults.join('; '));
  const maxInFlightBatches = nodeLimits.maxConnections;
  return { writeKey, endpoints, beforeStore, maxInFlightBatches, ...numbers };
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
