/** What an option is if it is left out. Constants of a module, as limits are, for the bundle. */

/** Well below any browser's quota. Fuller: events are refused by priority, `queue_full`. */
export const maxQueueBytes = 50_000_000;
/** 30 days. Older: dropped, `expired`. */
export const maxEventAgeMs = 2_592_000_000;
/** Longest wait of an event for its batch to fill. */
export const flushIntervalMs = 2_000;
/** Events in a batch; the wire allows 500. */
export const maxBatchEvents = 100;
/** Requests under way at once: a page has better use for its connections. */
export const maxInFlightBatches = 2;
