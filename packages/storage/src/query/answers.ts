/** What the query API answers: the contract between the server and the page. */

export interface Top {
  readonly by: 'event' | 'type' | 'source';
  /** All events that have a value, those beyond `limit` included. */
  readonly total: number;
  readonly rows: readonly { readonly value: string; readonly count: number }[];
}

export interface Series {
  readonly event: string | null;
  readonly intervalMs: number;
  /** One for each interval, empty ones included. */
  readonly points: readonly { readonly at: string; readonly count: number }[];
}

export interface LatestEvents {
  readonly events: readonly {
    readonly source: string;
    readonly receivedAt: string;
    /** receivedAt − sentAt; null if the client did not say when it sent. */
    readonly skewMs: number | null;
    /** As it came. */
    readonly event: Readonly<Record<string, unknown>>;
  }[];
  /** The `after` of the next page; null on the last one. */
  readonly next: string | null;
}

export interface LedgerCounts {
  readonly tracked: number;
  readonly counted: number;
  /** Tracked under an eventId that is counted under another number: the app's own, used twice. */
  readonly copied: number;
  readonly rejected: number;
  readonly dropped: number;
  /** Pending at the client, or lost. */
  readonly missing: number;
}

export interface QueueLedger extends LedgerCounts {
  readonly source: string;
  readonly queueId: string;
  /** The highest number that was counted or rejected; 0: none was. */
  readonly highestSeq: number;
  readonly droppedBy: Readonly<Record<string, number>>;
  /** By the collector's code. */
  readonly rejectedBy: Readonly<Record<string, number>>;
  /** Numbers that are neither counted nor rejected, [first, last] each: missing or dropped. */
  readonly gaps: readonly (readonly [first: number, last: number])[];
  readonly lastReceivedAt: string;
  /** False: more of it is dropped or missing than one queue can hold. Its numbers are forged, or a
   *  loss of that size; totals have of it only what is counted, copied and
   *  rejected. */
  readonly isPlausible: boolean;
}

export interface Ledger {
  /** The queues heard of last, latest first. */
  readonly queues: readonly QueueLedger[];
  readonly omittedQueues: number;
  readonly omittedGaps: number;
  /** How many of all queues are not plausible. */
  readonly implausibleQueues: number;
  /** All queues that were asked for, omitted ones included. */
  readonly totals: LedgerCounts;
  /** All queues, asked for or not. */
  readonly everyQueue: LedgerCounts;
  /** What came from clients that number nothing. */
  readonly withoutQueue: { readonly counted: number; readonly rejected: number };
  /** Stored copies of events that are counted once. */
  readonly storedCopies: number;
}

export interface Rejection {
  readonly source: string;
  readonly receivedAt: string;
  readonly eventId: string | null;
  readonly code: string;
  readonly detail: string | null;
  readonly queueId: string | null;
  readonly queueSeq: number | null;
  /** The event as it came, cut if it is long. */
  readonly excerpt: string;
  readonly sizeBytes: number;
}

export interface Rejections {
  /** All refusals, resent events and those whose bytes are deleted included. */
  readonly total: number;
  readonly byCode: readonly { readonly code: string; readonly count: number }[];
  /** The latest of those whose bytes are still kept. */
  readonly rejections: readonly Rejection[];
}
