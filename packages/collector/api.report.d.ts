import { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import * as zod from 'zod';

/**
 * The few calls that durable state makes to the file system, so that tests can let each of them
 * fail and a simulator can put a model in its place. All reject with Node's errors: `code` is the
 * errno's name. Nothing is durable before it was synced: a file's bytes by `datasync`, its name by
 * `syncFolder` of the folder that holds it.
 */
interface Disk {
    /** Makes a folder and those above it; resolves with the topmost that was new, if one was. */
    makeFolder(path: string): Promise<string | undefined>;
    /** Makes a new file for writing. Rejects with EEXIST if there is one. */
    create(path: string): Promise<DiskFile>;
    /** Opens a file for reading and syncing. Rejects with ENOENT if there is none. */
    open(path: string): Promise<DiskFile>;
    /** The whole file; undefined if there is none. */
    readFile(path: string): Promise<Uint8Array | undefined>;
    /** What is directly in a folder, in no order. */
    list(folder: string): Promise<readonly DiskEntry[]>;
    /** Undefined if there is no such file. */
    stat(path: string): Promise<DiskStat | undefined>;
    /** Sets when a file was changed. */
    touch(path: string, modifiedMs: number): Promise<void>;
    /** Cuts a file to so many bytes. */
    truncate(path: string, bytes: number): Promise<void>;
    /** Replaces `to` in one step if it is there. */
    rename(from: string, to: string): Promise<void>;
    /** Gives a file a second name. Rejects with EEXIST if that is taken. */
    link(from: string, to: string): Promise<void>;
    /** Deletes a file; no error if it is gone already. */
    remove(path: string): Promise<void>;
    /** Makes the names in a folder durable. */
    syncFolder(path: string): Promise<void>;
}
/** An open file. */
interface DiskFile {
    /** Adds all bytes to the end of a new file. If it rejects, a part of them may be there. */
    write(bytes: Uint8Array): Promise<void>;
    /** Reads from a position; resolves with the number of bytes read, 0 at the end of the file. */
    read(into: Uint8Array, position: number): Promise<number>;
    /** Makes the file's bytes durable, whoever wrote them. */
    datasync(): Promise<void>;
    close(): Promise<void>;
}
interface DiskEntry {
    readonly name: string;
    readonly isFolder: boolean;
}
interface DiskStat {
    readonly bytes: number;
    readonly modifiedMs: number;
}

/** What the collector asks of its surroundings, so that tests own time, chance and the log. */
interface Clock {
    /** Wall clock, ms since the epoch. Only for timestamps: it may jump. */
    nowMs(): number;
    /** Never goes back. For every wait, age and rate. */
    monotonicMs(): number;
    /** Calls back once after `delayMs`; returns what cancels it. Only a timer with `keepsAlive` may
     *  keep the process running. */
    schedule(delayMs: number, callback: () => void, keepsAlive?: boolean): () => void;
}
interface Random {
    /** Uniform in [0, 1). */
    fraction(): number;
    /** A new UUID. */
    uuid(): string;
}
type LogLevel = 'debug' | 'info' | 'warn' | 'error';
type LogFields = {
    readonly [name: string]: string | number | boolean | undefined;
};
/** Never handed a body, a key or a query string. */
interface Logger {
    log(level: LogLevel, message: string, fields?: LogFields): void;
}

/** Keeps quiet: for a collector inside a test or another program. */
declare const silentLogger: Logger;

/**
 * The closed list of batch-level error codes, each with its HTTP status. An answer that carries
 * none of them is not a collector's answer, whatever its status: a client keeps the batch.
 */
declare const problemStatuses: {
    readonly invalid_request: 400;
    readonly invalid_json: 400;
    readonly invalid_utf8: 400;
    readonly invalid_batch: 400;
    readonly invalid_compression: 400;
    readonly missing_write_key: 401;
    readonly unknown_write_key: 401;
    readonly origin_not_allowed: 403;
    readonly priority_not_allowed: 403;
    readonly method_not_allowed: 405;
    readonly request_timeout: 408;
    readonly body_too_large: 413;
    readonly inflated_too_large: 413;
    readonly too_many_events: 413;
    readonly unsupported_media_type: 415;
    readonly unsupported_encoding: 415;
    readonly rate_limited: 429;
    readonly internal_error: 500;
    readonly sink_unavailable: 503;
    readonly metadata_unavailable: 503;
    readonly shed: 503;
    readonly draining: 503;
};
type ProblemCode = keyof typeof problemStatuses;
/** Why a collector refuses one event for ever. The list may grow: a client takes any string. */
type RejectedCode = 'invalid_event' | 'invalid_event_id' | 'invalid_timestamp' | 'missing_field' | 'invalid_field' | 'repeated_key' | 'forbidden_key' | 'number_out_of_range' | 'lone_surrogate' | 'too_deep' | 'too_many_keys' | 'too_large';
/** Why a collector asks for one event again. The list may grow: a client takes any string. */
type RetryCode = 'sink_unavailable' | 'partition_unavailable' | 'sink_busy';

/** What an ack may stand for, one entry a sink. */
declare const durables: readonly ["kafka", "kafka-single", "file", "postgres", "postgres-single", "memory"];
type Durable = (typeof durables)[number];
/** One event that was not taken. */
interface EventVerdict<Code extends string = string> {
    /** Its place in the batch, from 0. */
    readonly index: number;
    readonly eventId?: string | undefined;
    readonly code: Code | (string & {});
    readonly detail?: string | undefined;
}
/** The body of a 200: accepted + duplicates + rejected.length + retry.length = events sent. */
interface Ack {
    /** The request's batchId, or one that the collector made if it had none. */
    readonly batchId: string;
    readonly region: string;
    /** The deployment's epoch, only ever raised; clients send back the highest they have seen. */
    readonly epoch: number;
    readonly durable: readonly Durable[];
    readonly accepted: number;
    /** Events that the sinks already had: as good as accepted. */
    readonly duplicates: number;
    /** Refused for ever. */
    readonly rejected: readonly EventVerdict<RejectedCode>[];
    /** Not taken now; the client keeps them. */
    readonly retry: readonly EventVerdict<RetryCode>[];
}

/** How urgent an event is; under pressure `low` goes first. */
type Priority = 'low' | 'normal' | 'critical';

/**
 * Names a process so that a later one can tell whether it still lives: a pid is used again. What is
 * known stands in /proc; who asks brings the calls that read it.
 */
interface ProcessIdentity {
    readonly pid: number;
    /** Clock ticks from boot to its start; null where the platform does not tell. */
    readonly startTicks: string | null;
    readonly bootId: string | null;
    /** Containers see each other's pids as dead: only pids of one namespace can be compared. */
    readonly pidNamespace: string | null;
}
/** A process, and those that it can see. */
interface ProcessTable {
    readonly self: ProcessIdentity;
    /** When the process with this pid was started; null: there is none; `unknown`: nobody says. */
    startTicks(pid: number): string | null;
}

/**
 * What a collector knows about an event besides its bytes: the headers of its Kafka record and of
 * its line in a file segment. The `ce_` names are the Kafka binding of CloudEvents 1.0.
 */
interface RecordHeaders {
    readonly ce_specversion: '1.0';
    /** The eventId. */
    readonly ce_id: string;
    /** The source: the tenant a write key belongs to. */
    readonly ce_source: string;
    /** The event's `type`. */
    readonly ce_type: string;
    /** The event's `timestamp`, as it stands in its bytes. */
    readonly ce_time: string;
    readonly 'content-type': 'application/json';
    readonly traceparent?: string;
    /** When the collector received the batch: ms since the epoch, decimal. */
    readonly hf_received_at: string;
    /** receivedAt − sentAt in ms, decimal; never used to count. */
    readonly hf_skew_ms?: string;
    readonly hf_ip?: string;
    readonly hf_user_agent?: string;
    /** Name and version of the schema it was checked against. */
    readonly hf_schema?: string;
    /** Of a dead letter: why it was refused. */
    readonly hf_code?: string;
    readonly hf_detail?: string;
}
/** An event that passed admission and validation: what every sink is handed. */
interface AcceptedEvent {
    /** The tenant; dedup is scoped by it. */
    readonly source: string;
    readonly eventId: string;
    /** The dedup partition: see {@link idDay}. */
    readonly idDay: string;
    /** userId, else anonymousId, else eventId: spreads load, nothing relies on it. */
    readonly partitionKey: string;
    readonly priority: Priority;
    readonly receivedAtMs: number;
    readonly headers: RecordHeaders;
    /** The event's JSON as it came; raw LF and CR between tokens are spaces. */
    readonly bytes: Uint8Array;
    /** Its `queue` as it stands in the bytes, if it has one. */
    readonly queue?: string | undefined;
}

/** Why a request is not served. */
interface Refusal {
    readonly kind: 'refused';
    readonly code: ProblemCode;
    readonly detail?: string | undefined;
    readonly retryAfterMs?: number | undefined;
    /** No more of the request is read, though the answer may be lost by it. */
    readonly isCutOff?: boolean;
}

declare const systemClock: Clock;

declare const systemRandom: Random;

/** The waits that refused clients are sent away with, in ms, as long as they are few. */
interface RetryAfterRange {
    readonly minMs: number;
    readonly maxMs: number;
}

/**
 * Remembers which events the sinks already hold, so that a resent copy is answered without being
 * written again. Only a saving: the storage tier deduplicates for good, so a forgotten event costs
 * a copy, never a wrong count, and a lookup that fails says "not seen".
 *
 * Invariant: an event is marked only after every sink has stored it. Marked before, a failed write
 * would turn the client's retry into a loss.
 */
/** A prefilter, in memory or elsewhere, of keys that `StoreOnce` makes: one text an event.
 *  Both calls fail open: they never reject. */
interface SeenEvents {
    /** For each key whether it was marked. */
    find(keys: readonly string[]): Promise<readonly boolean[]>;
    mark(keys: readonly string[]): Promise<void>;
}

/** Judges one scanned event as the protocol's zod schema does, without building it. */

interface ValidEvent {
    readonly kind: 'valid';
    readonly eventId: string;
    readonly type: string;
    readonly timestamp: string;
    /** userId, else anonymousId, else eventId. */
    readonly partitionKey: string;
    /** A view into the body. */
    readonly bytes: Uint8Array;
    /** JSON. */
    readonly queue?: string | undefined;
}
interface RejectedEvent {
    readonly kind: 'rejected';
    readonly code: RejectedCode;
    readonly eventId?: string | undefined;
    readonly detail?: string | undefined;
    readonly bytes: Uint8Array;
}

type BatchEvent = ValidEvent | RejectedEvent;
interface Batch {
    readonly kind: 'batch';
    readonly batchId?: string | undefined;
    /** RFC 3339. */
    readonly sentAt?: string | undefined;
    readonly epoch?: number | undefined;
    readonly events: readonly BatchEvent[];
}
/** Why a batch as a whole cannot be read. */
interface BatchProblem {
    readonly kind: 'problem';
    readonly code: ProblemCode;
    readonly detail: string;
}

/**
 * How one kind of client speaks: where it posts, how its requests are read, how it is told what
 * became of its events. All else (admission, bodies, dedup, sinks, dead letters) is the same for
 * every client and knows no dialect.
 */

interface Dialect {
    /** For logs. */
    readonly name: string;
    /** The paths that its clients post to; no other dialect has one of them. */
    readonly paths: readonly string[];
    /** Headers that a page may send: the answer to its preflight names them. */
    readonly allowedHeaders: readonly string[];
    /** Reads what a request says about itself, before its body is touched. */
    readForm(head: RequestHead): RequestForm | Refusal;
    /** Finds the events in a body that came whole and is inflated. Events that are refused for good
     *  are among them; a body that is none of this dialect is a problem as a whole. */
    readEvents(body: Buffer, form: RequestForm): Batch | BatchProblem;
    /** Says in the client's terms what became of each event. Never called if none was taken although
     *  one could have been: that is a 503. */
    answer(batch: Batch, verdict: BatchVerdict, stamp: AckStamp): DialectAnswer;
}
/** A request without its body. */
interface RequestHead {
    readonly headers: IncomingHttpHeaders;
    readonly query: URLSearchParams;
}
/** How a body may be compressed, as Content-Encoding names it; `read-body.ts` inflates each. */
declare const encodings: readonly ["identity", "gzip", "br"];
type Encoding = (typeof encodings)[number];
interface RequestForm {
    readonly kind: 'form';
    /** What the body is, in the dialect's own words. */
    readonly format: string;
    readonly encoding: Encoding;
    readonly priority: Priority;
    readonly writeKey: string | undefined;
    /** Of the page that sends; undefined: none does. */
    readonly origin: string | undefined;
}
/** The verdicts of one batch; each index stands in exactly one of them. */
interface BatchVerdict {
    readonly accepted: number;
    readonly duplicates: number;
    readonly rejected: Ack['rejected'];
    readonly retry: Ack['retry'];
}
/** What a collector puts on each ack. */
interface AckStamp extends Pick<Ack, 'region' | 'epoch' | 'durable'> {
    /** For a client that named no batch. */
    newBatchId(): string;
}
interface DialectAnswer {
    readonly status: number;
    /** Sent as JSON. */
    readonly body: unknown;
}

declare const circuitStates: readonly ["closed", "open", "half-open"];
type CircuitState = (typeof circuitStates)[number];

/** What became of one event: stored for good, or not taken now. */
type SinkOutcome = {
    readonly kind: 'stored';
} | {
    readonly kind: 'retry';
    readonly code: RetryCode;
};
/** A circuit is open or the tier is down: nothing can be taken now. */
interface SinkAvailability {
    readonly isAvailable: boolean;
    /** When it may be worth to ask again, ms from now; the server adds randomness. */
    readonly retryAfterMs?: number;
}
/** A circuit breaker as metrics show it. */
interface BreakerReading {
    /** What it stands before, such as a topic's partition: `events/7`. */
    readonly name: string;
    readonly state: CircuitState;
}
/** What a sink deleted to stay within its bound. */
interface DeletedReading {
    readonly events: number;
    readonly bytes: number;
}
/**
 * Where a collector puts events. `write` answers within 15 s whatever happens behind it, never
 * rejects, and says `stored` only for what the tier has confirmed: the client deletes its copy.
 */
interface EventSink {
    /** That of its kind: for logs, metrics and options. */
    readonly name: string;
    /** What its ack stands for, once opened. */
    readonly durable: Durable;
    /** Makes it ready, or throws if it can never be: bad configuration, unusable folder. A tier
     *  that is merely down is no error: the sink is then not available until it is back. */
    open(): Promise<void>;
    /** Asked before a body is read. */
    availability(): SinkAvailability;
    /** The breakers that it has now, for metrics; left out if it never has one. */
    breakers?(): readonly BreakerReading[];
    /** What it has deleted so far, for metrics; left out if it never deletes. */
    deleted?(): DeletedReading;
    /** One outcome an event, in their order. */
    write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]>;
    /** Waits for what is under way, at most `timeoutMs`, and frees handles. */
    close(timeoutMs: number): Promise<void>;
}

/** What a request says about its sender, and how much of that is recorded. */

/** `truncated`: the network alone, /24 or /48: enough for a country, too little for a person. */
type ClientIpDetail = 'none' | 'truncated' | 'full';

/** What is known of a tenant; write keys are public names for it and may be rotated. */
interface SourceRecord {
    /** 1–64 characters of `[A-Za-z0-9._-]`. */
    readonly source: string;
    readonly writeKeys: readonly string[];
    /** Pages that may send; empty: all. */
    readonly origins: readonly string[];
    /** Whether its batches may claim the priority `critical`: a public key is in all hands. */
    readonly allowsCritical: boolean;
    /** Events a second, on average; undefined: no limit. */
    readonly maxEventsPerSecond?: number | undefined;
}

/** Who keeps the list of sources and keys: a configuration, a database. */
interface SourceKeeper {
    /** The whole list. Rejects if the keeper cannot be asked. */
    load(): Promise<readonly SourceRecord[]>;
}

/** What a collector is told; only `sources` has no default. */
interface CollectorConfig {
    readonly sources: readonly SourceRecord[];
    /** Default 127.0.0.1. */
    readonly host?: string | undefined;
    /** Default 8080; 0 takes a free one. */
    readonly port?: number | undefined;
    /** A Unix socket to listen on instead of that port; /metrics stays on `host`, `adminPort`. */
    readonly socketPath?: string | undefined;
    /** Default 9090; 0 takes a free one. */
    readonly adminPort?: number | undefined;
    /** Named in every ack; default `default`. */
    readonly region?: string | undefined;
    /** Named in every ack, only ever raised; default 0. */
    readonly epoch?: number | undefined;
    /** How long `stop()` may take; default 25 s. */
    readonly drainMs?: number | undefined;
    /** What is recorded of a client's address; default `none`. */
    readonly clientIp?: ClientIpDetail | undefined;
    /** Addresses or CIDRs of proxies whose X-Forwarded-For is believed; default none. */
    readonly trustedProxies?: readonly string[] | undefined;
    /** While few wait; default 5–60 s: see `limits.ts`. */
    readonly retryAfter?: RetryAfterRange | undefined;
}
/** Serves a request of a path that the collector does not own; false if it knows no such path. */
type ExtraRoutes = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;
interface CollectorDeps {
    /** Each must store an event before it is acked; the collector opens and closes them. */
    readonly sinks: readonly EventSink[];
    /** Where refused events are kept; `rejected` is answered only once it has them. Opened and
     *  closed by the collector. If left out, refused events are kept nowhere. */
    readonly deadLetters?: EventSink | undefined;
    readonly routes?: ExtraRoutes | undefined;
    /** How clients may speak; default: our own dialect alone. */
    readonly dialects?: readonly Dialect[] | undefined;
    readonly seenEvents?: SeenEvents | undefined;
    /** Who keeps the sources and their keys; default: `config.sources`. */
    readonly sourceKeeper?: SourceKeeper | undefined;
    /** A file for the keeper's last answer, for a start while it is away. */
    readonly sourceCachePath?: string | undefined;
    readonly clock?: Clock | undefined;
    readonly random?: Random | undefined;
    readonly logger?: Logger | undefined;
}
/** A collector that is not started yet. */
declare function createCollector(config: CollectorConfig, deps: CollectorDeps): Collector;
/** HTTP in, durable sinks out. */
declare class Collector {
    #private;
    constructor(config: CollectorConfig, deps: CollectorDeps);
    /** Opens the sinks, then listens. Rejects if a sink can never work or a port is taken. Resolves
     *  with the ports; on a Unix socket `port` is 0. */
    start(): Promise<{
        port: number;
        adminPort: number;
    }>;
    /** Answers what is under way, refuses the rest, and closes within `drainMs`. Never rejects. */
    stop(): Promise<void>;
    /** Takes over changed write keys, origins and permissions, unless a keeper was given. */
    replaceSources(sources: readonly SourceRecord[]): Promise<void>;
}

declare class HoldfastDialect implements Dialect {
    #private;
    readonly name = "holdfast";
    readonly paths: string[];
    readonly allowedHeaders: string[];
    readForm({ headers, query }: RequestHead): RequestForm | Refusal;
    readEvents(body: Buffer, { format }: RequestForm): Batch | BatchProblem;
    answer(batch: Batch, verdict: BatchVerdict, stamp: AckStamp): DialectAnswer;
}

/** What of a segment may be read. */
interface ReadableSegment {
    readonly name: string;
    readonly path: string;
    /** Bytes from the start that are durable; in the open segment more may follow. */
    readonly validBytes: number;
    readonly isOpen: boolean;
}

interface FileSinkOptions {
    /** The data folder; made if it is not there. One live process may use it. */
    readonly folder: string;
    /** Default 8 MiB. */
    readonly maxSegmentBytes?: number;
    /** Default 60 s. */
    readonly maxSegmentAgeMs?: number;
    readonly clock?: Clock;
    readonly random?: Random;
    readonly logger?: Logger;
    /** Default: the real one. */
    readonly disk?: Disk;
    /** Default: this process and what /proc knows of the others. */
    readonly processes?: ProcessTable;
}
declare class FileSink implements EventSink {
    #private;
    readonly name = "file";
    readonly durable: Durable;
    constructor(options: FileSinkOptions);
    /** Rejects if the folder cannot be made or a live process owns it. */
    open(): Promise<void>;
    availability(): SinkAvailability;
    write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]>;
    /** What may be read now, oldest first: no byte of it is unacked for want of durability. */
    readableSegments(): ReadableSegment[];
    /** Calls back for each segment that is sealed from now on; returns what stops it. */
    onSealed(listener: (segment: ReadableSegment) => void): () => void;
    /** Deletes a sealed segment, once its events are kept elsewhere. */
    deleteSegment(name: string): Promise<void>;
    /** Rejects if another process has taken the folder over: then nothing in it may be changed. */
    ensureOwned(): Promise<void>;
    /** Resolves when the segments found at start were looked through for damage. */
    checked(): Promise<void>;
    close(timeoutMs: number): Promise<void>;
}

/**
 * Refused events in files: a file sink of their own, within a bound, since whoever knows a public
 * write key can have events refused for ever.
 *
 * Invariants: what goes are whole sealed segments, the oldest first; never the open one, which
 * comes on top of the bound. A deletion is durable before it is counted, and each is logged. A kill
 * leaves at most segments that the next start finds beyond the bound again.
 */

interface DeadLetterFilesOptions extends FileSinkOptions {
    /** Bytes of sealed segments that are kept; default 256 MB. */
    readonly maxBytes?: number | undefined;
    /** Who deletes what is beyond: this sink, or its owner by `deleteSegment`, once it has noted what
     *  it needs of a segment. Default `by-itself`. */
    readonly deletes?: 'by-itself' | 'when-told';
}
declare class DeadLetterFiles implements EventSink {
    #private;
    readonly name = "file";
    readonly durable: Durable;
    constructor(options: DeadLetterFilesOptions);
    open(): Promise<void>;
    availability(): SinkAvailability;
    write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]>;
    /** What was deleted since this process began. */
    deleted(): DeletedReading;
    /** What may be read now, oldest first. */
    readableSegments(): ReadableSegment[];
    /** The oldest of these segments, without which the others are within the bound. */
    beyondBound(segments: readonly ReadableSegment[]): ReadableSegment[];
    /** Deletes a sealed segment and counts what goes with it. */
    deleteSegment(name: string): Promise<void>;
    /** Calls back for each segment that is sealed from now on; returns what stops it. */
    onSealed(listener: (segment: ReadableSegment) => void): () => void;
    /** Rejects if another process has taken the folder over: then nothing in it may be changed. */
    ensureOwned(): Promise<void>;
    /** Resolves when the segments found at start were looked through for damage. */
    checked(): Promise<void>;
    close(timeoutMs: number): Promise<void>;
}

declare class FolderInUseError extends Error {
    readonly name = "FolderInUseError";
}

/** Keeps events in memory: for tests. Its ack says so (`memory`); it can be told to be down. */
declare class MemorySink implements EventSink {
    #private;
    readonly name = "memory";
    readonly durable: Durable;
    readonly events: AcceptedEvent[];
    isDown: boolean;
    open(): Promise<void>;
    availability(): SinkAvailability;
    write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]>;
    close(): Promise<void>;
}

/** An option is one zod schema: flag, variable, file member, help and type are all read off it. */

type OptionShape = Readonly<Record<string, zod.ZodType>>;
type OptionValues<Shape extends OptionShape> = zod.infer<zod.ZodObject<{
    -readonly [Name in keyof Shape]: Shape[Name];
}>>;
/** What options must be to each other. */
interface OptionRule<Values> {
    /** The options it looks at; nothing is concluded from one that is wrong itself. */
    readonly about: readonly string[];
    faults(values: Values): readonly string[];
}
/** What a file holds that an option names; nothing else that is given is ever taken for one. */
declare class FileText {
    readonly text: string;
    constructor(text: string);
}

/**
 * A kind of sink describes itself in its own folder: options with their help, what its acks stand
 * for, how it and its place for dead letters are made. `sink-kinds.ts` lists them; nothing else
 * knows one by name. What is heavy of it, such as a client library, is loaded by `create` alone.
 */

interface SinkParts {
    readonly clock: Clock;
    readonly random: Random;
    readonly logger: Logger;
}
interface SinkKind<Shape extends OptionShape = OptionShape> {
    /** As in `--sink`, and the `name` of its sinks. */
    readonly name: string;
    readonly options: Shape;
    /** What its options must be to each other; asked only where this sink is chosen. */
    readonly rules: readonly OptionRule<OptionValues<Shape>>[];
    /** What its acks may stand for. */
    readonly durables: readonly Durable[];
    /** A sink of it, not opened yet. */
    create(options: OptionValues<Shape>, parts: SinkParts): Promise<EventSink>;
    /** A sink for refused events, apart from the accepted ones, not opened yet. */
    createDeadLetters(options: OptionValues<Shape>, parts: SinkParts): Promise<EventSink>;
}

declare const kinds: readonly [SinkKind<{
    data: zod.ZodOptional<zod.ZodString>;
    maxDeadLetterBytes: zod.ZodDefault<zod.ZodUnion<readonly [zod.ZodInt, zod.ZodPipe<zod.ZodString, zod.ZodTransform<number, string>>]>>;
}>, SinkKind<{
    kafkaBrokers: zod.ZodDefault<zod.ZodArray<zod.ZodString>>;
    kafkaTopic: zod.ZodDefault<zod.ZodString>;
    kafkaTls: zod.ZodDefault<zod.ZodUnion<readonly [zod.ZodUnion<readonly [zod.ZodBoolean, zod.ZodPipe<zod.ZodEnum<{
        true: "true";
        false: "false";
    }>, zod.ZodTransform<boolean, "true" | "false">>]>, zod.ZodPipe<zod.ZodInstanceOf<FileText>, zod.ZodTransform<string, FileText>>]>>;
    kafkaSasl: zod.ZodOptional<zod.ZodEnum<{
        plain: "plain";
        "scram-sha-256": "scram-sha-256";
        "scram-sha-512": "scram-sha-512";
    }>>;
    kafkaUsername: zod.ZodOptional<zod.ZodString>;
    kafkaPassword: zod.ZodOptional<zod.ZodString>;
    allowSingleCopy: zod.ZodDefault<zod.ZodUnion<readonly [zod.ZodBoolean, zod.ZodPipe<zod.ZodEnum<{
        true: "true";
        false: "false";
    }>, zod.ZodTransform<boolean, "true" | "false">>]>>;
}>];
type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void ? All : never;
/** The options of all kinds. */
declare const sinkOptions: Intersection<(typeof kinds)[number]["options"]> & OptionShape;
/** What the sinks are made of: their names and the options of all kinds. */
type SinkChoice = {
    readonly sink: readonly string[];
} & Parameters<SinkKind<typeof sinkOptions>['create']>[0];
/** The chosen sinks, not opened yet. */
declare function createSinks(choice: SinkChoice, parts: SinkParts): Promise<EventSink[]>;
/** Where refused events are kept, beside the first of the chosen sinks: not opened yet. */
declare function createDeadLetters(choice: SinkChoice, parts: SinkParts): Promise<EventSink>;

export { type AckStamp, type BatchVerdict, type BreakerReading, type Clock, Collector, type CollectorConfig, type CollectorDeps, DeadLetterFiles, type DeadLetterFilesOptions, type DeletedReading, type Dialect, type DialectAnswer, type Disk, type DiskEntry, type DiskFile, type DiskStat, type EventSink, type ExtraRoutes, FileSink, type FileSinkOptions, FolderInUseError, HoldfastDialect, type LogFields, type LogLevel, type Logger, MemorySink, type ProcessIdentity, type ProcessTable, type Random, type ReadableSegment, type Refusal, type RequestForm, type RequestHead, type RetryAfterRange, type SeenEvents, type SinkAvailability, type SinkChoice, type SinkKind, type SinkOutcome, type SinkParts, type SourceKeeper, type SourceRecord, createCollector, createDeadLetters, createSinks, silentLogger, systemClock, systemRandom };
