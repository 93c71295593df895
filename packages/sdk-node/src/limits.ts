/** Bounds of the Node SDK's own parts; those of delivery are sdk-core's `clientLimits`. */
export const nodeLimits = {
  /** Bytes at which a segment is sealed and the next one opened. Small: all that is left of one is
   *  read back at once, and deleting a large file stalls (8 MiB took 19 ms). */
  segmentBytes: 1_048_576,
  /** Bytes of events of one priority that stay in memory once they are stored, so that four full
   *  batches can be leased without reading; what is stored beyond is read back from its segment. */
  maxTailBytes: 2_097_152,
  /** The number of them, with the same behaviour: small events cost more than their bytes. */
  maxTailEvents: 8_192,
  /** Bytes of one record's JSON; above, an append rejects. The wire's limit is far below. */
  maxRecordBytes: 262_144,
  /** A file above is no segment of ours: it is left unread, in quarantine. */
  maxReadableSegmentBytes: 16_777_216,
  /** Bytes of a damaged segment that may be checked in vain in search of its next record; above,
   *  the rest of the file counts as damaged. Only a forged file comes near: it must not hold up the
   *  process. */
  maxResyncBytes: 67_108_864,
  /** Runs of numbers that are remembered of a segment; of records beyond, damage is told by count
   *  alone. A run is broken where events of another priority come between. */
  maxSeqRuns: 256,
  /** Numbers of damaged records in one report; further ones go into the next. */
  maxReportedSeqs: 1_000,
  /** How often the owner's counter rises, and how often dead owners are looked for. */
  heartbeatMs: 10_000,
  /** How long an adopter must have watched a counter unchanged where pids tell nothing; then the
   *  folder is adopted. */
  leaseMs: 60_000,
  /** Folders adopted in one look; the next look takes the rest. */
  maxAdoptionsPerScan: 256,
  /** Folders whose owners are watched at once; the others wait until some are gone. */
  maxWatchedFolders: 4_096,
  /** Default of `maxQueueBytes` where no folder can be used: what a disk may hold would exhaust
   *  the heap. */
  maxMemoryQueueBytes: 50_000_000,
  /** How long nothing of a segment could be read, after which it goes into quarantine. Long: a disk
   *  that is away comes back, and meanwhile the segment holds up no other. */
  maxUnreadableMs: 86_400_000,
  /** Dead letters kept for each write key; beyond it new ones are dropped, `dead_letters_full`. */
  maxDeadLetters: 1_000,
  /** Bytes of them. More: dropped in the same way. */
  maxDeadLetterBytes: 8_388_608,
  /** Bytes of damaged segments kept for an expert's eye; beyond it further ones are deleted once
   *  all that can be read of them is delivered. */
  maxQuarantineBytes: 67_108_864,
  /** Age at which a pool of connections is replaced, so that a DNS change takes effect. */
  maxPoolAgeMs: 60_000,
  /** Connections, and so requests, to one collector at once; further batches wait. */
  maxConnections: 4,
  /** One attempt to connect, within the request's own timeout; then it has failed. */
  connectTimeoutMs: 10_000,
  /** How long a closed client waits for connections that end by themselves; then they are cut. */
  closeTimeoutMs: 500,
  /** Bytes of an answer that are read; an ack of 500 verdicts stays far below. What follows is cut
   *  off, so the answer cannot be the collector's. */
  maxAnswerBytes: 1_000_000,
  /** Bytes of answer headers. Above: no answer, as if the connection had failed. */
  maxAnswerHeaderBytes: 16_384,
  /** Bodies below are sent as they are: compressing them costs more than it saves. */
  compressFromBytes: 1_024,
} as const;

/** Defaults of the options. */
export const nodeDefaults = {
  /** Option `maxQueueBytes`. Fuller: new events are dropped by priority, `queue_full`. */
  maxQueueBytes: 1_073_741_824,
  /** Option `maxEventAgeMs`. Older undelivered events are dropped, `expired`. */
  maxEventAgeMs: 2_592_000_000,
  /** Option `flushIntervalMs`: then a batch is sent though it is not full. */
  flushIntervalMs: 1_000,
  /** Option `maxBatchEvents`: then a batch is cut. */
  maxBatchEvents: 500,
} as const;
