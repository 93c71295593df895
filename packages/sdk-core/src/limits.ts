/** Defaults and bounds of a client; those that the options can change are named in `CoreOptions`.
 *  Constants, not members of an object, so that a bundle holds their values and not their names. */

/** First wait after a failure; it doubles with each further one. AWS's full jitter on top. */
export const backoffBaseMs = 1_000;
/** The backoff grows no longer. With full jitter 10,000 clients peak at 78 requests/s after an
 *  outage. */
export const backoffCapMs = 300_000;
/** A collector's longer Retry-After is cut to this: one bad header must not silence a client for
 *  longer than a region may take to come back. */
export const maxRetryAfterMs = 3_600_000;
/** The same for whoever else answers: a stranger is obeyed no longer than we wait by ourselves. */
export const maxForeignRetryAfterMs = 300_000;
/** Shortest wait between probes while the collector refuses the key, the origin or the request. */
export const refusedProbeMinMs = 300_000;
/** Longest wait between them. */
export const refusedProbeMaxMs = 900_000;
/** One request, from connect to the end of the answer; then it is aborted and has failed. */
export const requestTimeoutMs = 30_000;
/** Bytes of events in one batch: below the wire's limit also where compression is refused. The
 *  batch is cut there; a single larger event goes alone. */
export const maxBatchBytes = 480_000;
/** Failures in a row (no connection, timeout, foreign answer) after which the next endpoint is
 *  tried. */
export const failoverAfterFailures = 3;
/** Orders to wait (429, our 503) for this long are treated like failures. */
export const failoverAfterWaitMs = 300_000;
/** How often the preferred endpoint is tried again after a failover. */
export const failbackProbeMs = 30_000;
/** Single refusals in a row, none accepted between them, after which the collector is suspected
 *  rather than the events: the last one is kept. */
export const maxSingleRefusals = 3;
/** Events of `retry` lists that wait for their moment, in memory; beyond it the gate closes. */
export const maxParkedEvents = 5_000;
/** Events in memory that the storage refused, by the shares below; beyond it they are dropped,
 *  `storage_failed`. */
export const maxUnstoredBytes = 8_000_000;
/** First wait before a failed storage is tried again; it doubles with each further one. */
export const storeRetryBaseMs = 1_000;
/** That wait grows no longer. */
export const storeRetryCapMs = 30_000;
/** Drops are reported to the collector at most this often. */
export const reportIntervalMs = 10_000;
/** Deadline of flush() and shutdown() if `timeoutMs` is not given; they resolve with what is still
 *  pending. */
export const flushTimeoutMs = 10_000;
/** Queues whose age base is remembered; the oldest is forgotten first, so it expires later. */
export const maxAgeBases = 64;
/** Share of `maxQueueBytes` at which new events of a priority are dropped, `queue_full`; what is
 *  stored stays. */
export const queueShare = { low: 0.8, normal: 0.9, critical: 1 } as const;
