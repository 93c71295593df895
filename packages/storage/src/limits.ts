/** Bounds of the tiers behind the collector's log. */
export const storageLimits = {
  /** Bytes of a segment read at a time. Far above one line (at most some 48 kB), so
   *  that each read holds whole lines, and little enough to be parsed in some ms, between which
   *  other work gets its turn. A stretch of this length without a line feed is damage, and is
   *  skipped. */
  segmentReadBytes: 262_144,
  /** Memory of DuckDB; beyond it, it spills into its temporary folder. */
  databaseMemory: '1GB',
  /** Bytes that DuckDB may spill; beyond it the query fails, 500 `query_failed`. */
  databaseSpill: '20GB',
  /** Threads of DuckDB. */
  databaseThreads: 2,
  /** Queries that run at once; further ones wait. */
  concurrentQueries: 2,
  /** Queries that wait; beyond it 503 `overloaded`. */
  waitingQueries: 32,
  /** A query that takes longer is interrupted: 503 `query_timeout`. */
  queryTimeoutMs: 30_000,
  /** Answers kept until new events arrive, so that an idle dashboard costs nothing. More: all are
   *  forgotten. */
  cachedAnswers: 64,
  /** Bytes of a cached answer; a larger one is computed each time. */
  cachedAnswerBytes: 262_144,
  /** `limit` of top, events and rejections, where it is left out. */
  defaultRows: 20,
  /** The greatest `limit`. More: 400 `invalid_parameter`. */
  maxRows: 1_000,
  /** Points of a series; more would need a longer interval: 400
   *  `invalid_parameter`. */
  maxSeriesPoints: 10_000,
  /** Queues in one ledger answer, the most recent first; `omittedQueues` counts the rest. */
  ledgerQueues: 200,
  /** Queue ids in one request for a ledger. More: 400 `invalid_parameter`. */
  ledgerQueueIds: 200,
  /** Gaps in one answer, all queues together; `omittedGaps` counts the rest. */
  ledgerGaps: 500,
  /** Numbers of one queue that are neither counted nor rejected. More than a full queue of 1 GiB
   *  holds are forged, as a rule: the queue is marked `isPlausible: false`, and its totals are what
   *  storage has: counted, copied and rejected. */
  ledgerPlausibleUncounted: 10_000_000,
  /** Reasons of drops read from one report; further ones are ignored. */
  reportReasons: 32,
  /** Numbers told of in one report; further ones are ignored. */
  reportSeqs: 2_000,
  /** Characters of a rejected event's text in an answer; the rest is cut. */
  rejectedTextLength: 2_000,
  /** Segments that one manifest swap archives; further ones wait for the next. */
  archiveSegments: 16,
  /** Files of a partition in one size tier, at which they are merged: see `merge-plan.ts`. */
  mergeFiles: 4,
  /** Files up to this size make the lowest tier. */
  smallestTierBytes: 65_536,
  /** Larger files are never merged: some 10 times as much JSON must be sorted for it. */
  mergeBelowBytes: 16_777_216,
  /** The first wait after a failed archive run, then doubled. Segments stay meanwhile. */
  archiveRetryMinMs: 1_000,
  /** That wait grows no longer. */
  archiveRetryMaxMs: 60_000,
} as const;
