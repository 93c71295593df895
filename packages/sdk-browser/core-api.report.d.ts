/** How urgent an event is; under pressure `low` goes first. */
type Priority = 'low' | 'normal' | 'critical';
/** The event types that Holdfast gives a meaning; a collector accepts unknown ones too. */
type EventType = 'track' | 'identify' | 'page' | 'screen' | 'group' | 'alias' | 'report';
/** Free-form members that an app attaches to an event. Must be serialisable as JSON. */
type Properties = {
    readonly [key: string]: unknown;
};
/** Where an event stands in the client's queue: gaps in `seq` are losses that the ledger shows. */
interface QueuePosition {
    /** A UUID for each client instance. */
    readonly id: string;
    /** 1, 2, 3 … in the order of track(). */
    readonly seq: number;
}
/** An event as it is on the wire, on disk and in Kafka. Members follow the Segment spec. */
interface AnalyticsEvent {
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
declare const dropReasons: readonly ["unserializable", "too_large", "queue_full", "expired", "filtered", "consent_denied", "storage_failed", "corrupt", "dead_letters_full", "shut_down"];
type DropReason = (typeof dropReasons)[number];

/** The closed list of codes of {@link AnalyticsError}. */
type ErrorCode = 
/** An option is missing or out of range; thrown at creation. */
'invalid_options'
/** A call's arguments cannot make an event; thrown by the call. */
 | 'invalid_event'
/** No durable storage on this platform: the queue is in memory. */
 | 'storage_unavailable'
/** The disk or the quota is full: events wait in memory until there is room. */
 | 'storage_full'
/** Any other failure of the durable storage. */
 | 'storage_failed'
/** A stored record could not be read back. */
 | 'storage_corrupt'
/** The collector refuses the write key or the origin; everything is kept. */
 | 'write_key_refused'
/** The collector refuses the media type or the encoding; everything is kept. */
 | 'request_refused'
/** A listener or `beforeStore` of the app threw. */
 | 'callback_failed'
/** A bug of ours; please report it. */
 | 'internal';
/** What Holdfast throws and what its `error` diagnostic carries. */
declare class AnalyticsError extends Error {
    readonly name = "AnalyticsError";
    readonly code: ErrorCode;
    constructor(code: ErrorCode, message: string, cause?: unknown);
}

/** What a client tells about itself; see {@link Emitter.on}. */
interface Diagnostics {
    /** So many events are stored at the durability in force. */
    stored: {
        readonly count: number;
    };
    /** The collector has them, for the first time or (duplicates) already had. */
    delivered: {
        readonly eventIds: readonly string[];
        readonly endpoint: string;
    };
    /** The collector refused one for good; it is kept as a dead letter. */
    rejected: {
        readonly eventId: string;
        readonly code: string;
        readonly detail?: string | undefined;
    };
    /** Given up by the client; the collector is told by an event of type `report`. */
    dropped: {
        readonly reason: DropReason;
        readonly count: number;
        readonly eventId?: string;
    };
    /** An attempt failed; the next follows in `afterMs`. */
    retrying: {
        readonly endpoint: string;
        readonly afterMs: number;
        readonly cause: string;
    };
    error: AnalyticsError;
}
type Listener<Name extends keyof Diagnostics> = (detail: Diagnostics[Name]) => void;

/**
 * What sdk-core asks of its surroundings. Everything that touches time, chance, disk or network
 * comes in through these, so the same code runs in a browser, in Node and in the simulator.
 */

/** What "stored" survives. `memory`: nothing. `process`: a crash or kill. `power`: a power cut. */
type Durability = 'memory' | 'process' | 'power';

/**
 * What became of this client's own events, and what flush() reports of them.
 *
 * Invariant: an event settles once, so delivered + rejected + dropped + pending = accepted. A run
 * counts the events with seq ≤ its `lastSeq`; everything that settled before it began is of these.
 */
/** What flush() and shutdown() resolve with: this client's events that were accepted before. */
interface FlushReport {
    /** The collector has them. */
    readonly delivered: number;
    /** Refused for good by the collector; kept as dead letters. */
    readonly rejected: number;
    /** Still in the queue: they go on being tried, also by the next process. */
    readonly pending: number;
    /** Given up by the client: see the `dropped` diagnostic for the reasons. */
    readonly dropped: number;
}

/** Whether the visitor's events may be kept: `pending` keeps them in memory, unsent. */
type Consent = 'granted' | 'pending' | 'denied';
/** What {@link createAnalytics} is told; only `writeKey` and `endpoint` have no default. */
interface AnalyticsOptions {
    /** Public; names the tenant. */
    readonly writeKey: string;
    /** Base URLs in order of preference; the SDK appends `/v1/events`. */
    readonly endpoint: string | readonly string[];
    /** What "stored" shall survive; default `process`. */
    readonly durability?: Durability;
    /** Bytes of events in the queue; default 50 MB. */
    readonly maxQueueBytes?: number;
    /** Age in ms at which an undelivered event is given up; default 30 days. */
    readonly maxEventAgeMs?: number;
    /** Longest wait in ms of an event for its batch to fill; default 2,000. */
    readonly flushIntervalMs?: number;
    /** Events in a batch, at most 500; default 100. */
    readonly maxBatchEvents?: number;
    /** Redact, sample, enrich; null drops the event with reason `filtered`. */
    readonly beforeStore?: (event: AnalyticsEvent) => AnalyticsEvent | null;
    /** If left out: `granted`, unless a denial is stored. */
    readonly consent?: Consent;
    /** Prints diagnostics to the console. */
    readonly isDebug?: boolean;
}
/** What a single call can add. */
interface EventOptions {
    /** Default `normal`. */
    readonly priority?: Priority;
    /** Added to the client's context, for this event alone. */
    readonly context?: Properties;
}

/** What an app tracks: the names of its events, each with its properties. */
type EventMap<Events> = {
    readonly [Name in keyof Events]: object;
};
/** Any name with any properties: what a client takes if its events are not typed. */
type AnyEvents = {
    readonly [name: string]: Properties;
};
/** The arguments behind the name: properties may be left out where none is required. */
type TrackArguments<EventProperties, Options> = Partial<EventProperties> extends EventProperties ? [properties?: EventProperties, options?: Options] : [properties: EventProperties, options?: Options];

/** What {@link createAnalytics} is told; only `writeKey` and `endpoint` have no default. */
type CoreAnalyticsOptions = Pick<AnalyticsOptions, 'writeKey' | 'durability' | 'maxQueueBytes' | 'flushIntervalMs'> & {
    /** Base URL; the SDK appends `/v1/events`. */
    readonly endpoint: string;
};
/** What a single call can add. */
type CoreEventOptions = Pick<EventOptions, 'priority'>;
/** A client that tracks, and nothing else; see {@link createAnalytics}. */
declare class CoreAnalytics<Events extends EventMap<Events> = AnyEvents> {
    #private;
    constructor({ writeKey, endpoint, durability, maxQueueBytes, flushIntervalMs, }: CoreAnalyticsOptions);
    /** What "stored" survives now; less than was asked for where the browser refuses storage. */
    get durability(): Durability;
    /** Accepts an event; returns its eventId. Never throws on network or disk. */
    track<Name extends keyof Events & string>(event: Name, ...[properties, options]: TrackArguments<Events[Name], CoreEventOptions>): string;
    stored(): Promise<void>;
    flush({ timeoutMs }?: {
        timeoutMs?: number | undefined;
    }): Promise<FlushReport>;
    on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void;
}
/**
 * Creates a client that tracks, and nothing else. What it stores is delivered, by this page or the
 * next one, by this client or the full one.
 *
 * @example
 * ```ts
 * const analytics = createAnalytics({ writeKey: 'dev', endpoint: 'http://127.0.0.1:8080' });
 * analytics.track('Order Completed', { total: 42 });
 * ```
 */
declare function createAnalytics<Events extends EventMap<Events> = AnyEvents>(options: CoreAnalyticsOptions): CoreAnalytics<Events>;

export { AnalyticsError, type AnyEvents, CoreAnalytics, type CoreAnalyticsOptions, type Diagnostics, type Durability, type ErrorCode, type EventMap, type FlushReport, type Listener, type Priority, type Properties, type TrackArguments, createAnalytics };
