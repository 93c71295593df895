/** What an option is if it is left out. Constants of a module, as limits are, for the bundle. */

/** Option `maxQueueBytes`: well below any browser's quota. Fuller: new events are dropped by
 *  priority, `queue_full`. */
export const maxQueueBytes = 50_000_000;
/** Option `maxEventAgeMs`. Older undelivered events are dropped, `expired`. */
export const maxEventAgeMs = 2_592_000_000;
/** Option `flushIntervalMs`: then a batch is sent though it is not full. */
export const flushIntervalMs = 2_000;
/** Option `maxBatchEvents`: then a batch is cut; the wire allows 500. */
export const maxBatchEvents = 100;
/** Requests under way at once: a page has better use for its connections. Further batches wait. */
export const maxInFlightBatches = 2;
