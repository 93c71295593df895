/** Bounds of what only the browser SDK does; those of delivery are sdk-core's `clientLimits`. */
export declare const browserLimits: {
    /** How long opening IndexedDB may take. Longer: events wait in memory, `storage_unavailable`,
     *  until it opens after all. */
    readonly openTimeoutMs: 5000;
    /** Attempts at one transaction: WebKit drops connections, and the second opens a new one. */
    readonly transactionAttempts: 2;
    /** Dead letters kept. More: counted as rejected all the same, but not kept. */
    readonly maxDeadLetters: 100;
    /** How long another tab may leave a wake message unanswered before a visible tab takes the
     *  sender's lock from it. */
    readonly wakeTimeoutMs: 5000;
    /** Bytes of events in a keepalive request on page hide. Chromium allows 64 KiB in flight for all
     *  keepalive requests of a page; the rest waits in the queue. */
    readonly maxKeepaliveBytes: 16384;
    /** Bytes of a body below which compression costs more than it saves. Smaller: sent plain. */
    readonly minGzipBytes: 1024;
    /** Characters of an answer that are read: the largest ack names 500 events. Longer: cut, and so
     *  no verdict. */
    readonly maxAnswerChars: 262144;
    /** Without an event for this long a new session begins. */
    readonly sessionIdleMs: 1800000;
    /** How often the time of the last event is written to localStorage, and other tabs' changes are
     *  read from there. */
    readonly identityRefreshMs: 10000;
};
/** What an option is if it is left out. */
export declare const browserDefaults: {
    /** Well below any browser's quota. Fuller: events are refused by priority, `queue_full`. */
    readonly maxQueueBytes: 50000000;
    /** 30 days. Older: dropped, `expired`. */
    readonly maxEventAgeMs: 2592000000;
    /** Longest wait of an event for its batch to fill. */
    readonly flushIntervalMs: 2000;
    /** Events in a batch; the wire allows 500. */
    readonly maxBatchEvents: 100;
    /** Requests under way at once: a page has better use for its connections. */
    readonly maxInFlightBatches: 2;
};
