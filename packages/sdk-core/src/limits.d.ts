/** Defaults and bounds of a client; those that the options can change are named in `options.ts`. */
export declare const clientLimits: {
  /** First wait after a failure; it doubles with each further one. AWS's full jitter on top. */
  readonly backoffBaseMs: 1000;
  /** Longest backoff. With full jitter 10,000 clients peak at 78 requests/s after an outage. */
  readonly backoffCapMs: 300000;
  /** A longer Retry-After is cut to this: one bad header must not silence a client for good. */
  readonly maxRetryAfterMs: 86400000;
  /** Bounds of the wait between probes while the collector refuses the write key or the request. */
  readonly refusedProbeMinMs: 300000;
  readonly refusedProbeMaxMs: 900000;
  /** One request, from connect to the end of the answer. */
  readonly requestTimeoutMs: 30000;
  /** Bytes of events in one batch: below the wire's limit also where compression is refused. */
  readonly maxBatchBytes: 480000;
  /** Failures in a row (no connection, timeout, foreign answer) after which the next endpoint is
   *  tried. */
  readonly failoverAfterFailures: 3;
  /** Orders to wait (429, our 503) for this long are treated like failures. */
  readonly failoverAfterWaitMs: 300000;
  /** How often the preferred endpoint is tried again after a failover. */
  readonly failbackProbeMs: 30000;
  /** Single refusals in a row, none accepted between them, after which the collector is suspected
   *  rather than the events. */
  readonly maxSingleRefusals: 3;
  /** Events of `retry` lists that wait for their moment, in memory; beyond it the gate closes. */
  readonly maxParkedEvents: 5000;
  /** Events in memory that the storage refused; beyond it they are dropped, `storage_failed`. */
  readonly maxUnstoredBytes: 8000000;
  /** How often a failed storage is tried again: first, and at most. */
  readonly storeRetryBaseMs: 1000;
  readonly storeRetryCapMs: 30000;
  /** Drops are reported to the collector at most this often. */
  readonly reportIntervalMs: 10000;
  /** Deadline of flush() and shutdown() if none is given. */
  readonly flushTimeoutMs: 10000;
  /** Queues whose age base is remembered; the oldest is forgotten first, so it expires later. */
  readonly maxAgeBases: 64;
  /** Share of `maxQueueBytes` at which events of a priority are refused. */
  readonly queueShare: {
    readonly low: 0.8;
    readonly normal: 0.9;
    readonly critical: 1;
  };
};
