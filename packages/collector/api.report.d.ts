import { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Remembers which events the sinks already hold, so that a resent copy is answered without being
 * written again. Only a saving: the storage tier deduplicates for good, so a forgotten event costs
 * a copy, never a wrong count, and a lookup that fails says "not seen".
 *
 * Invariant: an event is marked only after every sink has stored it. Marked before, a failed write
 * would turn the client's retry into a loss.
 */
/**
 * What dedup compares, see `idDay` in the protocol, and the event's place in its client's queue: an
 * app may track its own eventId twice, and of the second number nobody would know if its copy did
 * not reach the storage tier, which alone decides what is one event.
 */
interface EventKey {
    readonly source: string;
    readonly idDay: string;
    readonly eventId: string;
    readonly queue?: string;
}
/** A prefilter, in memory or elsewhere. Both calls fail open: they never reject. */
interface SeenEvents {
    /** For each key whether it was marked. */
    find(keys: readonly EventKey[]): Promise<readonly boolean[]>;
    mark(keys: readonly EventKey[]): Promise<void>;
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
    readonly maxEventsPerSecond?: number;
}

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

/** Who keeps the list of sources and keys: a configuration, a database. */
interface SourceKeeper {
    /** The whole list. Rejects if the keeper cannot be asked. */
    load(): Promise<readonly SourceRecord[]>;
}

/** The waits that refused clients are sent away with, in ms, as long as they are few. */
interface RetryAfterRange {
    readonly minMs: number;
    readonly maxMs: number;
}

/** Whose address a request comes from, and how much of it is recorded. */

/** `truncated`: the network alone, /24 or /48: enough for a country, too little for a person. */
type ClientIpDetail = 'none' | 'truncated' | 'full';

/** Why a collector asks for one event again. The list may grow: a client takes any string. */
type RetryCode = 'sink_unavailable' | 'partition_unavailable' | 'sink_busy';

/** What an ack stands for, one entry a sink. */
type Durable = 'kafka' | 'kafka-single' | 'file' | 'postgres' | 'postgres-single' | 'memory';

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
    readonly queue?: string;
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
    /** For logs, metrics and configuration. */
    readonly name: 'file' | 'kafka' | 'postgres' | 'memory';
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

/** What a collector is told; only `sources` has no default. */
interface CollectorConfig {
    readonly sources: readonly SourceRecord[];
    /** Default 127.0.0.1. */
    readonly host?: string;
    /** Default 8080; 0 takes a free one. */
    readonly port?: number;
    /** A Unix socket to listen on instead of that port; /metrics stays on `host`, `adminPort`. */
    readonly socketPath?: string;
    /** Default 9090; 0 takes a free one. */
    readonly adminPort?: number;
    /** Named in every ack; default `default`. */
    readonly region?: string;
    /** Named in every ack, only ever raised; default 0. */
    readonly epoch?: number;
    /** How long `stop()` may take; default 25 s. */
    readonly drainMs?: number;
    /** What is recorded of a client's address; default `none`. */
    readonly clientIp?: ClientIpDetail;
    /** Addresses or CIDRs of proxies whose X-Forwarded-For is believed; default none. */
    readonly trustedProxies?: readonly string[];
    /** While few wait; default 5–60 s: see `limits.ts`. */
    readonly retryAfter?: RetryAfterRange;
}
/** Serves a request of a path that the collector does not own; false if it knows no such path. */
type ExtraRoutes = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;
interface CollectorDeps {
    /** Each must store an event before it is acked; the collector opens and closes them. */
    readonly sinks: readonly EventSink[];
    /** Where refused events are kept; `rejected` is answered only once it has them. Opened and
     *  closed by the collector. If left out, refused events are kept nowhere. */
    readonly deadLetters?: EventSink;
    readonly routes?: ExtraRoutes;
    readonly seenEvents?: SeenEvents;
    /** Who keeps the sources and their keys; default: `config.sources`. */
    readonly sourceKeeper?: SourceKeeper;
    /** A file for the keeper's last answer, for a start while it is away. */
    readonly sourceCachePath?: string;
    readonly clock?: Clock;
    readonly random?: Random;
    readonly logger?: Logger;
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

/** How to reach Kafka. */
interface KafkaOptions {
    readonly brokers: readonly string[];
    readonly topic: string;
    readonly allowSingleCopy: boolean;
    /** `ca`: PEM; absent: the system's authorities. */
    readonly tls?: {
        readonly ca?: string;
    };
    readonly sasl?: {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: string;
    };
}
/** Everything that flags, environment and file say. */
interface Options {
    readonly collector: CollectorConfig;
    readonly sinks: readonly ('file' | 'kafka')[];
    readonly dataFolder?: string;
    /** Of dead letters that the file sink keeps. */
    readonly maxDeadLetterBytes: number;
    readonly kafka?: KafkaOptions;
    readonly logLevel: LogLevel;
}
interface ConfigInput {
    /** Without node and script. */
    readonly args: readonly string[];
    readonly environment: NodeJS.ProcessEnv;
    readonly readFile: (path: string) => string;
    /** Counts where nothing else says anything; named as in the file. */
    readonly defaults?: {
        readonly [name: string]: unknown;
    };
    /** Variables beside HOLDFAST_…, and the options that they set: those count before them. */
    readonly variables?: {
        readonly [variable: string]: string;
    };
    /** What else is wrong in the eyes of the program; an option that is wrong has its default. */
    readonly judge?: (options: Options) => readonly string[];
    /** The program's name in --help; default `holdfast-collector`. */
    readonly command?: string;
}

/** At every moment, also after a power cut, the file at `path` is whole: the one before or this
 *  one. When this resolves it is this one for good. One caller at a time. */
declare function replaceFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void>;

/** Keeps quiet: for a collector inside a test or another program. */
declare const silentLogger: Logger;

/** The real file system. */
declare const nodeDisk: Disk;

/** What a program runs until a signal. */
interface Service {
    /** Resolves once it serves, with what a person shall read then. */
    start(): Promise<string>;
    /** Answers what is under way, then closes. Never rejects. */
    stop(): Promise<void>;
    replaceSources(sources: readonly SourceRecord[]): Promise<void>;
}
interface Program extends Pick<ConfigInput, 'defaults' | 'variables' | 'judge'> {
    readonly command: string;
    /** The package.json that says its version. */
    readonly packageFile: URL;
    /** What --help says before the options. */
    readonly about?: string;
    /** Printed once a signal has stopped it. */
    readonly stopped?: string;
    /** A second signal that comes sooner is taken for the first one passed on. Default 0. */
    readonly secondSignalAfterMs?: number;
    /** The service, not started. */
    readonly create: (options: Options, logger: Logger) => Service;
}
/** Runs the program with the arguments and the environment of this process. */
declare function runProgram(program: Program): Promise<void>;

interface SinkParts {
    readonly clock: Clock;
    readonly random: Random;
    readonly logger: Logger;
}
/** The sinks that the options name, not opened yet. */
declare function createSinks(options: Options, parts: SinkParts): EventSink[];
/** Where refused events are kept, beside the first of the sinks: not opened yet. */
declare function createDeadLetters(options: Options, parts: SinkParts): EventSink | undefined;

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

declare const systemClock: Clock;

declare const systemRandom: Random;

export { type BreakerReading, type Clock, Collector, type CollectorConfig, type CollectorDeps, type ConfigInput, DeadLetterFiles, type DeadLetterFilesOptions, type DeletedReading, type Disk, type DiskEntry, type DiskFile, type DiskStat, type EventSink, type ExtraRoutes, FileSink, type FileSinkOptions, FolderInUseError, type KafkaOptions, type LogFields, type LogLevel, type Logger, MemorySink, type Options, type ProcessIdentity, type ProcessTable, type Program, type Random, type ReadableSegment, type RetryAfterRange, type SeenEvents, type Service, type SinkAvailability, type SinkOutcome, type SinkParts, type SourceKeeper, type SourceRecord, createCollector, createDeadLetters, createSinks, nodeDisk, replaceFile, runProgram, silentLogger, systemClock, systemRandom };
