/** Bounds of what only the browser SDK does; those of delivery are sdk-core's `clientLimits`. */
export const browserLimits = {
  /** How long opening IndexedDB may take. Longer: events wait in memory, `storage_unavailable`,
   *  until it opens after all. */
  openTimeoutMs: 5_000,
  /** Attempts at one transaction: WebKit drops connections, and the second opens a new one. */
  transactionAttempts: 2,
  /** Dead letters kept. More: counted as rejected all the same, but not kept. */
  maxDeadLetters: 100,
  /** How long another tab may leave a wake message unanswered before a visible tab takes the
   *  sender's lock from it. */
  wakeTimeoutMs: 5_000,
  /** Bytes of events in a keepalive request on page hide. Chromium allows 64 KiB in flight for all
   *  keepalive requests of a page; the rest waits in the queue. */
  maxKeepaliveBytes: 16_384,
  /** Bytes of a body below which compression costs more than it saves. Smaller: sent plain. */
  minGzipBytes: 1_024,
  /** Characters of an answer that are read: the largest ack names 500 events. Longer: cut, and so
   *  no verdict. */
  maxAnswerChars: 262_144,
  /** Without an event for this long a new session begins. */
  sessionIdleMs: 1_800_000,
  /** How often the time of the last event is written to localStorage, and other tabs' changes are
   *  read from there. */
  identityRefreshMs: 10_000,
} as const;

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
