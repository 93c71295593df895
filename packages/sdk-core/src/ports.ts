/**
 * What sdk-core asks of its surroundings. Everything that touches time, chance, disk or network
 * comes in through these, so the same code runs in a browser, in Node and in the simulator.
 */
import type { AnalyticsEvent, DropReason, Priority } from '@holdfast/protocol';

/** What "stored" survives. `memory`: nothing. `process`: a crash or kill. `power`: a power cut. */
export const durabilities = ['memory', 'process', 'power'] as const;
export type Durability = (typeof durabilities)[number];

export interface Clock {
  /** Wall clock, ms since the epoch. Only for timestamps: it may jump. */
  nowMs(): number;
  /** Never goes back. For every wait and age within the process. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`; returns what cancels it. Only a timer with `keepsAlive`
   *  may keep a process running. */
  schedule(delayMs: number, callback: () => void, keepsAlive?: boolean): () => void;
  /** Calls back at the end of the current turn (Node) or task (browser). */
  defer(callback: () => void): void;
}

export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number;
  /** Unpredictable bytes, for ids. */
  bytes(count: number): Uint8Array;
}

/** An event's JSON, serialised once: text in browsers, UTF-8 bytes once it was read from a file. */
export type EventJson = string | Uint8Array;

/** One event as a queue keeps it. */
export interface QueueRecord {
  readonly eventId: string;
  /** The queue (client instance) it was tracked in; '' if unknown. */
  readonly queueId: string;
  /** Its number in that queue, from 1; 0 for events of type `report`. */
  readonly seq: number;
  readonly priority: Priority;
  readonly json: EventJson;
  /** Length of `json` in UTF-8. */
  readonly sizeBytes: number;
  /** The last collector time known when it was stored, ms since the epoch; null: none yet. */
  readonly serverTimeMs: number | null;
}

/** A record that was handed out by {@link EventStore.lease} and is not settled yet. */
export interface LeasedRecord extends QueueRecord {
  /** The store's own name for it. */
  readonly key: unknown;
}

/** How a record leaves the queue. */
export type Ending =
  | { readonly kind: 'delivered' }
  /** Refused for good: kept as a dead letter, bounded. */
  | { readonly kind: 'rejected'; readonly code: string; readonly detail?: string | undefined }
  | { readonly kind: 'dropped'; readonly reason: DropReason };

export interface SettledRecord {
  readonly record: LeasedRecord;
  readonly ending: Ending;
}

export interface LeaseRequest {
  readonly priority: Priority;
  readonly maxEvents: number;
  /** The sum of `sizeBytes`; one record is handed out even if it alone is larger. */
  readonly maxBytes: number;
}

export interface StoreUsage {
  /** Stored and unsettled, leased ones included. */
  readonly events: number;
  readonly bytes: number;
}

/**
 * The durable queue. Holds records until they are settled; never evicts, never reorders within a
 * priority but for released records, which are leased first.
 *
 * One sender uses it at a time. `append` may be called by others meanwhile.
 */
export interface EventStore {
  /** The durability in force, which may be less than was asked for. */
  readonly durability: Durability;
  /**
   * Stores records, in order. The data is handed to the platform before this returns; the promise
   * resolves once all are stored at `durability`. Rejects with an AnalyticsError (`storage_full`,
   * `storage_failed`) if they are not: the caller still owns all of them then.
   */
  append(records: readonly QueueRecord[]): Promise<void>;
  /** Hands out the oldest unleased records of one priority; empty when there is none. */
  lease(request: LeaseRequest): Promise<LeasedRecord[]>;
  /** Takes leased records back, unsettled. Unknown or settled ones are ignored. */
  release(records: readonly LeasedRecord[]): void;
  /** Removes exactly these records. A crash before it resolves may bring them back, no others. */
  settle(settled: readonly SettledRecord[]): Promise<void>;
  /** What is stored and unsettled, as far as is known without I/O. */
  usage(): StoreUsage;
  /** Unleased records of a priority, as far as is known without I/O. */
  waiting(priority: Priority): StoreUsage;
  /** Tells of records that arrived from elsewhere: another tab, an adopted directory. */
  onArrival(listener: () => void): void;
  /** Small text that outlives the process where the durability allows: gates, epoch. */
  readState(): Promise<string | undefined>;
  writeState(state: string): Promise<void>;
  /** Deletes every record, leased ones too; resolves with the records that went, by queue. */
  purge(): Promise<number>;
  /** Waits for what is under way and frees handles. What is stored stays stored. */
  close(): Promise<void>;
}

/** One request to a collector. */
export interface BatchRequest {
  /** Base URL; the transport appends `/v1/events`. */
  readonly endpoint: string;
  readonly writeKey: string;
  readonly batchId: string;
  /** ISO 8601. */
  readonly sentAt: string;
  readonly epoch: number;
  readonly priority: Priority;
  readonly events: readonly EventJson[];
  readonly timeoutMs: number;
  /** The page is going away: the request must outlive it. */
  readonly isKeepalive: boolean;
  /** Aborting ends the request; the outcome is then `network`. */
  readonly signal: AbortFlag;
}

/** The part of AbortSignal that transports need; `AbortSignal` itself is a platform type. */
export interface AbortFlag {
  readonly isAborted: boolean;
  onAbort(listener: () => void): void;
}

/** What came back: whether it is a verdict is for the caller to judge. */
export type TransportOutcome =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly retryAfter: string | null;
      readonly date: string | null;
      /** At most `maxAnswerBytes` of it. */
      readonly body: string;
    }
  /** No connection, or (`timeout`) no whole answer in time. */
  | { readonly kind: 'network'; readonly detail: string };

export interface Transport {
  /** Never rejects. Follows no redirect. */
  send(request: BatchRequest): Promise<TransportOutcome>;
  close(): Promise<void>;
}

/** An event that the collector refused for good. */
export interface DeadLetter {
  readonly code: string;
  readonly detail: string | undefined;
  /** When it was refused, by the client's clock. */
  readonly deadAtMs: number;
  /** The event's JSON, as it was queued. */
  readonly eventJson: string;
}

/** What both SDKs' options come down to; validated by the SDK that made it. */
export interface CoreOptions {
  readonly writeKey: string;
  /** Base URLs in order of preference, without a trailing slash. */
  readonly endpoints: readonly string[];
  /** Bytes of events in the queue; see `clientLimits.queueShare`. */
  readonly maxQueueBytes: number;
  /** Age at which an undelivered event is given up. */
  readonly maxEventAgeMs: number;
  /** Longest wait of an event for its batch to fill. */
  readonly flushIntervalMs: number;
  readonly maxBatchEvents: number;
  /** Requests under way at once. */
  readonly maxInFlightBatches: number;
  /** Redact, sample, enrich; null drops the event with reason `filtered`. */
  readonly beforeStore?: ((event: AnalyticsEvent) => AnalyticsEvent | null) | undefined;
}
