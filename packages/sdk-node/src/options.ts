import { type AnalyticsEvent, isWriteKey, limits } from '@holdfast/protocol';
import {
  AnalyticsError,
  type CoreOptions,
  type Durability,
  type FlushReport,
} from '@holdfast/sdk-core';
import { durabilities } from '@holdfast/sdk-core/ports';
import { nodeDefaults, nodeLimits } from './limits.js';
import { meantBy } from './other-names.js';
import type { BatchEncoding } from './transport/encode-batch.js';

/** What {@link createAnalytics} is told; only `writeKey` and `endpoint` have no default. */
export interface AnalyticsOptions {
  /** Public; names the tenant. */
  readonly writeKey: string;
  /** Base URLs in order of preference; the SDK appends `/v1/events`. `unix:/path` is the Unix
   *  socket of a collector on the same machine. */
  readonly endpoint: string | readonly string[];
  /** What "stored" shall survive; default `process`. */
  readonly durability?: Durability;
  /** The folder of the queues; default: in the user's state folder, such as `~/.local/state`. */
  readonly queueDir?: string;
  /** Bytes of events in the queue; default 1 GiB. `low` events are refused at 80 % of it. */
  readonly maxQueueBytes?: number;
  /** Age in ms at which an undelivered event is given up; default 30 days. */
  readonly maxEventAgeMs?: number;
  /** Longest wait in ms of an event for its batch to fill; default 1,000. */
  readonly flushIntervalMs?: number;
  /** Events in a batch, at most and by default 500. */
  readonly maxBatchEvents?: number;
  /** How batches are framed on the wire; the events are the same bytes. Default `json`. */
  readonly encoding?: BatchEncoding;
  /** URL of the HTTP proxy before the collector; false: none. Default: what HTTP_PROXY, HTTPS_PROXY
   *  and NO_PROXY name; an endpoint on this machine's loopback is then asked directly. */
  readonly proxy?: string | false;
  /** Redact, sample, enrich; null drops the event with reason `filtered`. */
  readonly beforeStore?: (event: AnalyticsEvent) => AnalyticsEvent | null;
  /** What a call does that has something without meaning, an event without a name say: `report`
   *  tells `error`, leaves that out, and drops the event if its type needs it (`invalid`); `throw`
   *  throws it. Default `report`, with `isDebug` `throw`. */
  readonly onInvalid?: 'throw' | 'report';
  /** On SIGTERM and SIGINT: shut down, then raise the signal again. Default false. */
  readonly flushOnSignals?: boolean;
  /** Keeps a serverless invocation alive until what was tracked is delivered or tried. */
  readonly waitUntil?: (promise: Promise<FlushReport>) => void;
  /** Prints diagnostics to the console. */
  readonly isDebug?: boolean;
}

/** Behind the base URL, what the SDK appends itself. */
const ownPath = /(\/v1\/events)?\/*$/;

/** As the SDK needs it: without a slash, or the path that it appends itself, at its end. */
export function baseUrl(endpoint: string): string {
  return endpoint.startsWith('unix:') ? endpoint : endpoint.replace(ownPath, '');
}

type Rule = readonly [holds: (value: never) => boolean, what: string];

const isFlag = (value: unknown) => typeof value === 'boolean';
const isFunction = (value: unknown) => typeof value === 'function';
const isPositive = (value: number) => Number.isFinite(value) && value > 0;
const isBatchSize = (value: number) =>
  Number.isInteger(value) && value > 0 && value <= limits.maxBatchEvents;

/** What each option must be if it is given; the first two must be. */
const rules: Record<keyof AnalyticsOptions, Rule> = {
  writeKey: [
    isWriteKey,
    `at most ${limits.maxWriteKeyLength} printable ASCII characters without spaces`,
  ],
  endpoint: [isEndpoint, 'an http(s) URL without a query, unix:/path, or a list of such'],
  durability: [(value) => durabilities.includes(value), durabilities.join(' or ')],
  queueDir: [(value) => typeof value === 'string' && value !== '', 'the path of a folder'],
  maxQueueBytes: [isPositive, 'a number above 0'],
  maxEventAgeMs: [isPositive, 'a number above 0'],
  flushIntervalMs: [isPositive, 'a number above 0'],
  maxBatchEvents: [isBatchSize, `a whole number from 1 to ${limits.maxBatchEvents}`],
  encoding: [(value) => ['json', 'msgpack'].includes(value), 'json or msgpack'],
  proxy: [isProxy, 'an http(s) URL, or false'],
  beforeStore: [isFunction, 'a function'],
  onInvalid: [(value) => ['throw', 'report'].includes(value), 'throw or report'],
  flushOnSignals: [isFlag, 'true or false'],
  waitUntil: [isFunction, 'a function'],
  isDebug: [isFlag, 'true or false'],
};
const needed: readonly string[] = ['writeKey', 'endpoint'];

/** What the core is told. Throws `invalid_options` that lists every fault. */
export function coreOptions(options: AnalyticsOptions): CoreOptions {
  const faults = faultsOf({ ...options });
  if (faults.length > 0) throw new AnalyticsError('invalid_options', faults.join('; '));
  const { writeKey, endpoint, beforeStore, ...others } = options;
  const endpoints = [endpoint].flat().map(baseUrl);
  const numbers = { ...nodeDefaults } as Record<keyof typeof nodeDefaults, number>;
  for (const name of Object.keys(nodeDefaults) as (keyof typeof nodeDefaults)[]) {
    numbers[name] = others[name] ?? numbers[name];
  }
  const maxInFlightBatches = nodeLimits.maxConnections;
  return { writeKey, endpoints, beforeStore, maxInFlightBatches, ...numbers };
}

function faultsOf(options: Record<string, unknown>): string[] {
  const faults = Object.entries(rules)
    .filter(([name]) => options[name] !== undefined || needed.includes(name))
    .filter(([name, [holds]]) => !holds(options[name] as never))
    .map(([name, [, what]]) => {
      if (options[name] === undefined) return `${name} is missing: is the variable set?`;
      return `${name} must be ${what}, not ${shown(options[name])}`;
    });
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(rules, name));
  return [...faults, ...unknown.map(unknownOption)];
}

function unknownOption(name: string): string {
  const meant = meantBy(name, Object.keys(rules));
  return `${name} is no option${meant ? `: did you mean ${meant}?` : ''}`;
}

function shown(value: unknown): string {
  // A proxy's password, say, is not for the log.
  if (typeof value === 'string') return JSON.stringify(value).replace(/[^/"\s]+@/g, '…@');
  return String(value);
}

function isEndpoint(value: unknown): boolean {
  const urls = [value].flat();
  return urls.length > 0 && urls.every(isBaseUrl);
}

function isProxy(value: unknown): boolean {
  if (typeof value !== 'string') return value === false;
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isBaseUrl(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (value.startsWith('unix:')) return value.startsWith('unix:/');
  if (!URL.canParse(value)) return false;
  const { protocol, search, hash } = new URL(value);
  return /^https?:$/.test(protocol) && search === '' && hash === '';
}
