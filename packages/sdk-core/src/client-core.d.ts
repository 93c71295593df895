/**
 * One client: intake, queue and delivery wired together. The SDKs give it its ports and its face.
 */
import type { Properties } from '@holdfast/protocol';
import { Delivery } from './delivery.js';
import { type Diagnostics, type Listener } from './emitter.js';
import { AnalyticsError } from './errors.js';
import { type EventDraft, EventFactory } from './event-factory.js';
import type { CoreOptions } from './options.js';
import { type FlushReport, Outcomes } from './outcomes.js';
import type { Clock, Durability, EventStore, Random, Transport } from './ports.js';
import { Settler } from './settler.js';
export interface ClientParts {
  readonly options: CoreOptions;
  readonly clock: Clock;
  readonly random: Random;
  /** Undefined where the platform has no durable storage. */
  readonly store: EventStore | undefined;
  readonly transport: Transport;
  /** The queue's id: a new UUID for each client instance. */
  readonly queueId: string;
  /** See `DeliveryParts.confirmSender`. */
  readonly confirmSender?: (() => Promise<boolean>) | undefined;
  /** Told when flush() wants everything sent now, for where another tab is the sender. */
  readonly onFlush?: (() => void) | undefined;
}
/** Deadline of flush() and shutdown(). */
export interface FlushOptions {
  /** Ms; default 10,000. */
  readonly timeoutMs?: number;
}
export declare class ClientCore {
  #private;
  readonly outcomes: Outcomes;
  readonly settler: Settler;
  readonly delivery: Delivery;
  readonly factory: EventFactory;
  constructor(parts: ClientParts);
  /** The durability in force. */
  get durability(): Durability;
  /** Takes over gates and epoch from earlier senders, then sends. */
  start(): Promise<void>;
  /** Accepts an event and returns its eventId. Never throws on network or disk. */
  accept(draft: EventDraft): string;
  /** Hands what is buffered to the store at once: the last thing before the process goes. */
  storeNow(): void;
  stored(): Promise<void>;
  setContext(context: Properties | undefined): void;
  on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void;
  /** Says that something is wrong, through the `error` diagnostic. */
  report(code: AnalyticsError['code'], message: string, cause?: unknown): void;
  /** Keeps new events in memory (consent pending), or lets them into the storage. */
  holdInMemory(isHeld: boolean): void;
  /** Consent denied: aborts what is under way, deletes all that is queued, takes nothing more. */
  deny(): Promise<void>;
  /** Takes events again after {@link deny}. */
  allow(): void;
  /** Sends what is queued. Never rejects; see {@link FlushReport}. */
  flush({ timeoutMs }?: FlushOptions): Promise<FlushReport>;
  /** Takes nothing more, sends what it can until the deadline, closes. The rest stays queued. */
  shutdown(options?: FlushOptions): Promise<FlushReport>;
}
