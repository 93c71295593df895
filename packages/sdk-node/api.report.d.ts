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

/** How a batch is framed. Its events are the same JSON bytes either way. */
type BatchEncoding = 'json' | 'msgpack';

/** What {@link createAnalytics} is told; only `writeKey` and `endpoint` have no default. */
interface AnalyticsOptions {
    /** Public; names the tenant. */
    readonly writeKey: string;
    /** Base URLs in order of preference; the SDK appends `/v1/events`. `unix:/path` is the Unix
     *  socket of a collector on the same machine. */
    readonly endpoint: string | readonly string[];
    /** What "stored" shall survive; default `process`. */
    readonly durability?: Durability;
    /** The folder of the queues; default: in the user's state folder, such as `~/.local/state`. */
    readonly queueDir?: string;
    /** Bytes of events in the queue; default 1 GiB. `low` events are refused at 80 % of it. */
    readonly maxQueueBytes?: number;
    /** Age in ms at which an undelivered event is given up; default 30 days. */
    readonly maxEventAgeMs?: number;
    /** Longest wait in ms of an event for its batch to fill; default 1,000. */
    readonly flushIntervalMs?: number;
    /** Events in a batch, at most and by default 500. */
    readonly maxBatchEvents?: number;
    /** How batches are framed on the wire; the events are the same bytes. Default `json`. */
    readonly encoding?: BatchEncoding;
    /** URL of the HTTP proxy before the collector; false: none. Default: what HTTP_PROXY, HTTPS_PROXY
     *  and NO_PROXY name; an endpoint on this machine's loopback is then asked directly. */
    readonly proxy?: string | false;
    /** Redact, sample, enrich; null drops the event with reason `filtered`. */
    readonly beforeStore?: (event: AnalyticsEvent) => AnalyticsEvent | null;
    /** What a call does that has something without meaning, an event without a name say: `report`
     *  tells `error`, leaves that out, and drops the event if its type needs it (`invalid`); `throw`
     *  throws it. Default `report`, with `isDebug` `throw`. */
    readonly onInvalid?: 'throw' | 'report';
    /** On SIGTERM and SIGINT: shut down, then raise the signal again. Default false. */
    readonly flushOnSignals?: boolean;
    /** Keeps a serverless invocation alive until what was tracked is delivered or tried. */
    readonly waitUntil?: (promise: Promise<FlushReport>) => void;
    /** Prints diagnostics to the console. */
    readonly isDebug?: boolean;
}

/** What an app tracks: the names of its events, each with its properties. */
type EventMap<Events> = {
    readonly [Name in keyof Events]: object;
};
/** Any name with any properties: what a client takes if its events are not typed. */
type AnyEvents = {
    readonly [name: string]: object;
};
/** Who an event is about: a known user, or a pseudonym. */
type Subject = {
    readonly userId: string;
    readonly anonymousId?: string | undefined;
} | {
    readonly anonymousId: string;
    readonly userId?: string | undefined;
};
/** What every event can carry besides its own members. What is undefined is left out. */
interface EventExtras {
    /** The app's own id: 1–64 of `[A-Za-z0-9._:-]`. Not a UUIDv7: `timestamp` is needed with it. */
    readonly eventId?: string | undefined;
    /** When it happened; default now. */
    readonly timestamp?: string | Date | undefined;
    /** Added to the client's context, for this event alone. */
    readonly context?: object | undefined;
    /** Default `normal`. */
    readonly priority?: Priority | undefined;
}
/** A `track` event: its properties may be left out where none is required. They, traits and context
 *  are any object that JSON.stringify takes: an instance of a class too. */
type TrackMessage<Events, Name extends keyof Events> = Subject & EventExtras & {
    readonly event: Name;
} & (Partial<Events[Name]> extends Events[Name] ? {
    readonly properties?: Events[Name] | undefined;
} : {
    readonly properties: Events[Name];
});
type IdentifyMessage = Subject & EventExtras & {
    readonly traits?: object | undefined;
};
/** A `page` or `screen` event. */
type ViewMessage = Subject & EventExtras & {
    readonly name?: string | undefined;
    readonly properties?: object | undefined;
};
type GroupMessage = Subject & EventExtras & {
    readonly groupId: string;
    readonly traits?: object | undefined;
};
type AliasMessage = EventExtras & {
    readonly userId: string;
    readonly previousId: string;
};

/** The platform, as far as a client needs it. */
interface NodePlatform {
    readonly clock: Clock;
    readonly random: Random;
}
/** What flush() and shutdown() resolve with. */
interface NodeFlushReport extends FlushReport {
    /** Events of processes that ended before, delivered from here meanwhile. They count in none of
     *  the other numbers. */
    readonly adopted: number;
    /** Why some are pending: what the last attempt failed of, as `retrying` says it. Undefined if
     *  none is, or none was tried yet. */
    readonly cause?: string | undefined;
}
/** A client: usually one for each write key and process. */
declare class NodeAnalytics<Events extends EventMap<Events> = AnyEvents> {
    #private;
    constructor(options: AnalyticsOptions, { clock, random }: NodePlatform);
    /** What "stored" survives now; less than was asked for where no folder can be used. */
    get durability(): Durability;
    /**
     * Accepts an event; returns its eventId, also of one that is dropped. Never throws on network or
     * disk; on a mistake in the call only with `onInvalid: 'throw'`.
     */
    track<Name extends keyof Events & string>(message: TrackMessage<Events, Name>): string;
    identify(message: IdentifyMessage): string;
    page(message: ViewMessage): string;
    screen(message: ViewMessage): string;
    group(message: GroupMessage): string;
    /** Says that two ids are one user. */
    alias(message: AliasMessage): string;
    /** Added to every event's context from now on; undefined takes it back. */
    setContext(context: object | undefined): void;
    /** Resolves when all events accepted so far are stored; where that is in memory alone, not before
     *  an `error`, or a warning of the process, has said so. */
    stored(): Promise<void>;
    /** Sends what is queued, what processes that ended before have left behind too. Never rejects. */
    flush(options?: FlushOptions): Promise<NodeFlushReport>;
    /** Takes nothing more, sends until the deadline, and closes; the rest stays queued. */
    shutdown(options?: FlushOptions): Promise<NodeFlushReport>;
    /** Events that the collector refused for good, as far as they are kept: 1,000, 8 MiB. */
    deadLetters(): DeadLetter[];
    /**
     * Queues all dead letters again, with the same eventIds, also those of other processes that use
     * the write key, mended as a call would be today; resolves with their number once they are
     * stored. Those that are refused once more are dead letters again. Rejects with `storage_full` or
     * `storage_failed` if they cannot be stored: they are kept then.
     */
    resendDeadLetters(): Promise<number>;
    /** Listens to diagnostics; returns what ends it. */
    on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void;
}
/**
 * Creates a client. What it stores is delivered, by this process or the next one.
 *
 * @example
 * ```ts
 * const analytics = createAnalytics({ writeKey: 'dev', endpoint: 'http://127.0.0.1:8080' });
 * analytics.track({ userId: 'ada', event: 'Order Completed', properties: { total: 42 } });
 * await analytics.flush();
 * ```
 */
declare function createAnalytics<Events extends EventMap<Events> = AnyEvents>(options: AnalyticsOptions): NodeAnalytics<Events>;

export { type AliasMessage, AnalyticsError, type AnalyticsEvent, type AnalyticsOptions, type AnyEvents, type DeadLetter, type Diagnostics, type Durability, type ErrorCode, type EventExtras, type EventMap, type FlushOptions, type FlushReport, type GroupMessage, type IdentifyMessage, type Listener, NodeAnalytics, type NodeFlushReport, type Priority, type Properties, type Subject, type TrackMessage, type ViewMessage, createAnalytics };
