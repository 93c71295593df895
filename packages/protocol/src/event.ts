/** How urgent an event is; under pressure `low` goes first. */
export type Priority = 'low' | 'normal' | 'critical';

/** Highest first: the order in which a client sends. */
export const priorities = ['critical', 'normal', 'low'] as const satisfies readonly Priority[];

/** The event types that Holdfast gives a meaning; a collector accepts unknown ones too. */
export type EventType = 'track' | 'identify' | 'page' | 'screen' | 'group' | 'alias' | 'report';

/** Free-form members that an app attaches to an event. Must be serialisable as JSON. */
export type Properties = { readonly [key: string]: unknown };

/** Where an event stands in the client's queue: gaps in `seq` are losses that the ledger shows. */
export interface QueuePosition {
  /** A UUID for each client instance. */
  readonly id: string;
  /** 1, 2, 3 … in the order of track(). */
  readonly seq: number;
}

/** An event as it is on the wire, on disk and in Kafka. Members follow the Segment spec. */
export interface AnalyticsEvent {
  readonly type: EventType | (string & {});
  /** 1–64 characters of `[A-Za-z0-9._:-]`, minted once by the client: the key of deduplication. */
  readonly eventId: string;
  /** When it happened, by the client's clock: RFC 3339. */
  readonly timestamp: string;
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly sessionId?: string;
  /** The name of a `track` event. */
  readonly event?: string;
  /** The name of a `page` or `screen` event. */
  readonly name?: string;
  readonly groupId?: string;
  readonly previousId?: string;
  readonly properties?: Properties;
  readonly traits?: Properties;
  readonly context?: Properties;
  /** Left out when `normal`. */
  readonly priority?: Priority;
  /** Absent on events of type `report` and on events of foreign clients. */
  readonly queue?: QueuePosition;
}

/** Why a client gave up an event; counted, and reported by events of type `report`. */
export type DropReason =
  | 'invalid'
  | 'unserializable'
  | 'too_large'
  | 'queue_full'
  | 'expired'
  | 'filtered'
  | 'consent_denied'
  | 'storage_failed'
  | 'corrupt'
  | 'dead_letters_full'
  | 'shut_down';

/** The `properties` of an event of type `report`: how one queue's events were dropped so far. */
export interface ReportProperties {
  /** The queue that is reported on. */
  readonly queueId: string;
  /** The queue of the client that reports: one may give up events of a queue it adopted. */
  readonly reporter: string;
  /** The last number that the queue has given out; only the queue's own client knows it. */
  readonly lastSeq?: number;
  /** Absolute counts by this reporter: of its reports on a queue the highest counts stand. */
  readonly dropped: { readonly [reason in DropReason]?: number };
  /** Dropped events that are known by number, by reason: told once, and not in `dropped`. */
  readonly droppedSeqs?: { readonly [reason in DropReason]?: readonly number[] };
  /** Events that a collector refused with their whole batch, by its code: it kept none of it. */
  readonly rejectedSeqs?: { readonly [code: string]: readonly number[] };
}

/** What a report tells by number. A number that storage has is counted, whatever is told of it. */
export type NamedSeqs = Pick<ReportProperties, 'droppedSeqs' | 'rejectedSeqs'>;
