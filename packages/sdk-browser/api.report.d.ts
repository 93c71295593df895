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
type DropReason = 'invalid' | 'unserializable' | 'too_large' | 'queue_full' | 'expired' | 'filtered' | 'consent_denied' | 'storage_failed' | 'corrupt' | 'dead_letters_full' | 'shut_down';

/**
 * What sdk-core asks of its surroundings. Everything that touches time, chance, disk or network
 * comes in through these, so the same code runs in a browser, in Node and in the simulator.
 */

/** What "stored" survives. `memory`: nothing. `process`: a crash or kill. `power`: a power cut. */
declare const durabilities: readonly ["memory", "process", "power"];
type Durability = (typeof durabilities)[number];
interface Clock {
    /** Wall clock, ms since the epoch. Only for timestamps: it may jump. */
    nowMs(): number;
    /** Never goes back. For every wait and age within the process. */
    monotonicMs(): number;
    /** Calls back once after `delayMs`; returns what cancels it. Only a timer with `keepsAlive`
     *  may keep a process running. */
    schedule(delayMs: number, callback: () => void, keepsAlive?: boolean): () => void;
    /** Calls back at the end of the current turn (Node) or task (browser). */
    defer(callback: () => void): void;
}
interface Random {
    /** Uniform in [0, 1). */
    fraction(): number;
    /** Unpredictable bytes, for ids. */
    bytes(count: number): Uint8Array;
}
/** An event that the collector refused for good. */
interface DeadLetter {
    readonly code: string;
    readonly detail: string | undefined;
    /** When it was refused, by the client's clock. */
    readonly deadAtMs: number;
    /** The event's JSON, as it was queued. */
    readonly eventJson: string;
}

/** The closed list of codes of {@link AnalyticsError}. */
type ErrorCode = 
/** An option is missing or out of range; thrown at creation. Told of one that was mended. */
'invalid_options'
/** A call has something that no event can hold: it is left out, or the event dropped. */
 | 'invalid_event'
/** A name was longer than the wire takes, and is cut. */
 | 'truncated'
/** No durable storage on this platform: the queue is in memory. */
 | 'storage_unavailable'
/** The disk or the quota is full: events wait in memory until there is room. */
 | 'storage_full'
/** Any other failure of the durable storage. */
 | 'storage_failed'
/** A stored record could not be read back. */
 | 'storage_corrupt'
/** Nobody answers at the endpoint, three times in a row or while flush() waits; all is kept. */
 | 'endpoint_unreachable'
/** What answers there is no collector: a wrong path, a captive portal; everything is kept. */
 | 'not_a_collector'
/** Events arrive again, after one of those or a refusal. */
 | 'recovered'
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

/** Deadline of flush() and shutdown(). */
interface FlushOptions {
    /** Ms; default 10,000. */
    readonly timeoutMs?: number;
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
    readonly priority?: Priority | undefined;
    /** Added to the client's context, for this event alone. */
    readonly context?: object | undefined;
}

/** What happens to the page, as far as sending is concerned. */
interface LifecycleListeners {
    /** Out of sight, and perhaps about to go for good. */
    hidden(): void;
    /** About to stand still (frozen, or kept for the back button): nothing of it runs until shown. */
    frozen(): void;
    /** In sight again, or running again. */
    shown(): void;
    /** The network may be back. */
    online(): void;
    /** Another page has written this item of localStorage; null: all of them. */
    itemChanged(item: string | null): void;
}
interface PageLifecycle {
    isVisible(): boolean;
    /** Returns what ends watching. */
    watch(listeners: LifecycleListeners): () => void;
}

/** What an app tracks: the names of its events, each with its properties. */
type EventMap<Events> = {
    readonly [Name in keyof Events]: object;
};
/** Any name with any properties: what a client takes if its events are not typed. */
type AnyEvents = {
    readonly [name: string]: object;
};
/** The arguments behind the name: properties may be left out where none is required. */
type TrackArguments<EventProperties, Options> = Partial<EventProperties> extends EventProperties ? [properties?: EventProperties, options?: Options] : [properties: EventProperties, options?: Options];

/** The platform, as far as a client needs it. */
interface BrowserPlatform {
    readonly clock: Clock;
    readonly random: Random;
    readonly lifecycle: PageLifecycle;
}
/** The queue on the device, as far as an entry beside this one needs it. */
interface DeviceQueue {
    /** Reads or writes its rows in a transaction. Rejects with an `AnalyticsError`. */
    transact<Result>(mode: IDBTransactionMode, callback: (rows: IDBObjectStore) => Result | PromiseLike<Result>): Promise<Result>;
    /** Has the sender look for rows that nobody was told of. */
    changed(): void;
}
/** A client: one for each write key on a page. */
declare class BrowserAnalytics<Events extends EventMap<Events> = AnyEvents> {
    #private;
    private constructor();
    /** Throws `invalid_options` for what cannot work. */
    static open<Events extends EventMap<Events>>(options: AnalyticsOptions, platform: BrowserPlatform): BrowserAnalytics<Events>;
    /** What "stored" survives now; less than was asked for where the browser refuses storage. */
    get durability(): Durability;
    /** The visitor's pseudonym, kept in localStorage where there is one. */
    get anonymousId(): string;
    /** Ends after 30 minutes without an event. */
    get sessionId(): string;
    /** Accepts an event; returns its eventId. Never throws on network or disk. */
    track<Name extends keyof Events & string>(event: Name, ...[properties, options]: TrackArguments<Events[Name], EventOptions>): string;
    /** Says who the visitor is, from now on. */
    identify(userId: string, traits?: object, options?: EventOptions): string;
    page(name?: string, properties?: object, options?: EventOptions): string;
    group(groupId: string, traits?: object, options?: EventOptions): string;
    /** Says that two ids are one visitor; `previousId` is the present one if left out. */
    alias(userId: string, previousId?: string, options?: EventOptions): string;
    /** A new anonymousId and session; what is queued stays queued. */
    reset(): void;
    /** Added to every event's context from now on; undefined takes it back. */
    setContext(context: object | undefined): void;
    /** The visitor's decision, for all tabs: `denied` deletes what is queued, and takes no more. */
    setConsent(consent: 'granted' | 'denied'): void;
    /** Resolves when all events accepted so far are stored. */
    stored(): Promise<void>;
    /** Sends what is queued, by whichever tab sends. Never rejects. */
    flush(options?: FlushOptions): Promise<FlushReport>;
    /** Takes nothing more, sends until the deadline, and closes; the rest stays queued. */
    shutdown(options?: FlushOptions): Promise<FlushReport>;
    /** Listens to diagnostics; returns what ends it. */
    on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void;
    /** For `@holdfast/sdk-browser/dead-letters`; undefined while nothing on the device may be, or can
     *  be, touched. */
    get deviceQueue(): DeviceQueue | undefined;
}

/**
 * Creates a client. What it stores is delivered, by this page or the next one.
 *
 * @example
 * ```ts
 * const analytics = createAnalytics({ writeKey: 'dev', endpoint: 'http://127.0.0.1:8080' });
 * analytics.track('Order Completed', { total: 42 });
 * ```
 */
declare function createAnalytics<Events extends EventMap<Events> = AnyEvents>(options: AnalyticsOptions): BrowserAnalytics<Events>;

export { AnalyticsError, type AnalyticsEvent, type AnalyticsOptions, type AnyEvents, BrowserAnalytics, type Consent, type DeadLetter, type Diagnostics, type Durability, type ErrorCode, type EventMap, type EventOptions, type FlushOptions, type FlushReport, type Listener, type Priority, type Properties, type TrackArguments, createAnalytics };
