import type { AnalyticsEvent } from '@holdfast/protocol';
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
