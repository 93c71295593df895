/** What an option is if it is left out. */
export const browserDefaults = {
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
} as const;
