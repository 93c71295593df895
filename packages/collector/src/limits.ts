/**
 * The collector's own bounds; those of the wire are in the protocol's `limits`. Sizes are decimal.
 */
export const collectorLimits = {
  /** Pieces, such as chunks, that a body may come in: 50 bytes each on average. Each costs the
   *  parser as much as many bytes do. More: 400 `invalid_request`, and the connection is cut. */
  maxBodyPieces: 10_000,
  /** Of a user agent, what is recorded; the rest is cut off. */
  maxUserAgentLength: 512,
  /** Hops of X-Forwarded-For that are looked at, from the nearest; what stands before them is not
   *  believed. */
  maxHops: 32,
  /** Remembered (source, idDay, eventId, queue); ~200 B each. The older half is forgotten when
   *  full: copies of those are stored again and told by the storage tier. */
  maxSeenEvents: 200_000,
  /** A sink must have answered by then; what has no outcome is answered `retry`. */
  sinkTimeoutMs: 15_000,
  /** Retry-After of a 503 is drawn from a range while few wait, so that they come back spread out;
   *  this is the shortest … */
  retryAfterMinMs: 5_000,
  /** … and this the longest, unless a sink asks for more or many wait. */
  retryAfterMaxMs: 60_000,
  /** When many wait, the range widens until they come back at this share of the pace at which
   *  requests are taken, which is what the refusals cost. */
  returnShare: 0.15,
  /** … but at so many a second at least: while a sink is down nothing is taken. */
  minReturnsPerSecond: 100,
  /** … and it widens no further than this. */
  maxReturnSpreadMs: 600_000,
  /** How long the pace at which requests were taken is remembered: it fades with this time. */
  takenPaceMemoryMs: 10_000,
} as const;

/** Bounds of the file sink. */
export const fileSinkLimits = {
  /** A segment of so many bytes is sealed and the next begun. Deleting bigger files stalls. */
  maxSegmentBytes: 8 * 1024 * 1024,
  /** A segment of that age is sealed, so that the archive sees quiet sources too. */
  maxSegmentAgeMs: 60_000,
  /** Bytes that wait for a commit. Beyond: answered `retry`, `sink_busy`. */
  maxWaitingBytes: 32_000_000,
  /** Bytes of one write + fdatasync. The rest waits for the next. */
  maxCommitBytes: 8_000_000,
  /** A commit under way for that long: the disk hangs, the sink is not available, and new batches
   *  are refused meanwhile. */
  stallMs: 5_000,
  /** After a failed write or sync: the wait before the next attempt, doubled by each further
   *  one. */
  minBackoffMs: 250,
  /** That wait grows no longer. */
  maxBackoffMs: 5_000,
  /** Bytes of damaged lines that are kept as copies. Beyond, damage is reported and not copied. */
  maxQuarantineBytes: 256_000_000,
  /** The owner of a data folder on another boot or in another container renews its claim so
   *  often … */
  leaseRenewMs: 2_000,
  /** … and is taken for dead, and its folder over, if it did not for that long, watched by the
   *  newcomer's own clock. */
  leaseWatchMs: 10_000,
  /** Rounds of a claim, each of which another newcomer won. More are no race but a fault: the sink
   *  does not open. */
  maxClaimRounds: 16,
} as const;

/** Bounds of the files of dead letters: of the file sink alone. In Kafka the retention of the topic
 *  `<topic>.dead` decides. */
export const deadLetterLimits = {
  /** Bytes of sealed segments. Beyond, the oldest segments are deleted, whole, counted by
   *  `holdfast_dead_letters_deleted_total` and `holdfast_dead_letter_bytes_deleted_total`, and
   *  logged; the open segment comes on top. The all-in-one reads them all at each start. Option
   *  `--max-dead-letter-bytes`. */
  maxDeadLetterBytes: 256_000_000,
  /** … and what each segment counts for at least: a small file takes a block of the disk. */
  minCountedBytes: 4_096,
  /** A segment of that age is sealed: nobody waits for it, and few files are better than many. */
  maxSegmentAgeMs: 86_400_000,
} as const;

/** When the collector refuses work, 503 `shed`, so that the rest stays fast. To shed is never to
 *  drop. */
export const loadLimits = {
  /** Bytes of bodies and of their inflated form that are held at once. Beyond: all is shed, also
   *  a body that is on its way; what is announced and not sent counts nothing. */
  maxBytesInFlight: 64_000_000,
  /** What a compressed body is expected to inflate to, times its length, while it is inflated:
   *  usual JSON shrinks to an eighth. `maxInflatedBytes` if that is less. */
  assumedInflation: 8,
  /** What a body of unannounced length is expected to be: without room for it, it is not let in. */
  assumedBodyBytes: 64_000,
  /** The event loop comes that late on average: answers to everybody do. Pressure 1. */
  maxLoopDelayMs: 1_000,
  /** A stall counts for no more than that, so that a single one does not shed. */
  maxCountedStallMs: 2_000,
  /** How often lateness is measured. */
  loopSampleMs: 100,
  /** Sinks take that long: a third of their timeout. Pressure 1. */
  maxSinkLatencyMs: 5_000,
  /** The pace at which sinks write is that of the last so many ms in which they wrote. */
  sinkPaceMemoryMs: 2_000,
  /** A write is expected to take no more than so many times what the oldest has waited. */
  maxSinkForecast: 4,
  /** The pressure, 0 to 1, from which `low` is shed. */
  shedLowAt: 0.7,
  /** The pressure from which `normal` is shed. */
  shedNormalAt: 0.85,
  /** The pressure from which `critical` is shed. */
  shedCriticalAt: 0.95,
  /** The share of what is taken that the lowest priority keeps while it is shed. */
  lowShare: 0.05,
  /** Bytes of that share that may be saved up; no more are. */
  maxLowCreditBytes: 1_000_000,
} as const;

/** Bursts of sources that have a rate, by `--rate-limit SOURCE=N`. */
export const rateLimits = {
  /** A source that was quiet may send so many seconds' worth of events at once; then 429
   *  `rate_limited`. */
  burstSeconds: 2,
  /** … but at least a whole batch. */
  minBurstEvents: 500,
  /** Its clients that were sent away come back at so many a second at least, however little is
   *  taken of it. */
  minReturnsPerSecond: 2,
} as const;

/** Knowledge of write keys that comes from elsewhere. */
export const keyLimits = {
  /** A key is refused, 401, only on an answer that is no older; else 503 `metadata_unavailable`. */
  maxAnswerAgeMs: 60_000,
  /** How often the list is read again: often enough that the above never waits. */
  refreshMs: 30_000,
  /** After a failed reading the next one waits so long, whatever arrives. */
  minReloadMs: 1_000,
  /** A reading that takes longer has failed. */
  loadTimeoutMs: 5_000,
} as const;
