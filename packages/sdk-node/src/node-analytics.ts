import type { Properties } from '@holdfast/protocol';
import {
  ClientCore,
  type Clock,
  type DeadLetter,
  type Diagnostics,
  type Durability,
  type FlushOptions,
  type FlushReport,
  type Listener,
  type Random,
} from '@holdfast/sdk-core';
import { finish } from '@holdfast/sdk-core/finish';
import { v7 } from 'uuid';
import { nodeLimits } from './limits.js';
import { type AnalyticsOptions, coreOptions } from './options.js';
import { checkMessage, draftOf, type MessageType, type OwnEvent } from './own-event.js';
import { followProcess } from './process-lifecycle.js';
import { FileEventStore } from './queue/file-event-store.js';
import { defaultQueueDir, queueRootPath } from './queue/queue-root.js';
import { tellCorruption } from './queue/tell-corruption.js';
import { systemClock } from './system-clock.js';
import { systemRandom } from './system-random.js';
import { HttpTransport } from './transport/http-transport.js';
import type {
  AliasMessage,
  AnyEvents,
  EventMap,
  GroupMessage,
  IdentifyMessage,
  TrackMessage,
  ViewMessage,
} from './typed-events.js';

/** The platform, as far as a client needs it. */
export interface NodePlatform {
  readonly clock: Clock;
  readonly random: Random;
}

/** A client: usually one for each write key and process. */
export class NodeAnalytics<Events extends EventMap<Events> = AnyEvents> {
  readonly #core: ClientCore;
  readonly #store: FileEventStore | undefined;
  readonly #clock: Clock;
  readonly #waitUntil: AnalyticsOptions['waitUntil'];
  #isTurnWaitedFor = false;
  #isExiting = false;
  readonly #unfollow: () => void;
  #context: Properties | undefined;

  constructor(options: AnalyticsOptions, { clock, random }: NodePlatform) {
    const core = coreOptions(options);
    this.#clock = clock;
    const queueId = v7({ random: random.bytes(16), msecs: clock.nowMs() });
    let failure: unknown;
    // What a disk may hold would exhaust the heap.
    const maxMemoryBytes = options.maxQueueBytes ?? nodeLimits.maxMemoryQueueBytes;
    try {
      this.#store = openStore(options, queueId, { clock, random });
    } catch (error) {
      failure = error;
    }
    const transport = new HttpTransport(clock, options.encoding);
    const { flushOnSignals, isDebug, waitUntil } = options;
    this.#core = new ClientCore({
      ...{ clock, random, transport, queueId },
      options: this.#store ? core : { ...core, maxQueueBytes: maxMemoryBytes },
      store: this.#store,
    });
    if (this.#store) tellCorruption(this.#store, this.#core);
    this.#waitUntil = waitUntil;
    this.#store?.onDeadLetterLost(({ eventId }, reason) => {
      const code = reason === 'dead_letters_full' ? 'storage_full' : 'storage_failed';
      this.#core.emitter.report(
        code,
        `refused event ${eventId} is not kept as a dead letter: ${reason}`,
      );
    });
    this.#unfollow = followProcess({
      onExit: () => this.#exit(),
      // Not shutdown(): what the app still tracks while it ends is stored.
      onSignal: flushOnSignals ? () => this.flush() : undefined,
    });
    if (isDebug) this.#debug();
    // Later, so that the app can listen first.
    if (failure) clock.defer(() => this.#reportNoStore(failure));
    void this.#core.start();
  }

  /** What "stored" survives now; less than was asked for where no folder can be used. */
  get durability(): Durability {
    return this.#core.durability;
  }

  /** Accepts an event; returns its eventId. Never throws on network or disk. */
  track<Name extends keyof Events & string>(message: TrackMessage<Events, Name>): string {
    return this.#accept('track', message);
  }

  identify(message: IdentifyMessage): string {
    return this.#accept('identify', message);
  }

  page(message: ViewMessage): string {
    return this.#accept('page', message);
  }

  screen(message: ViewMessage): string {
    return this.#accept('screen', message);
  }

  group(message: GroupMessage): string {
    return this.#accept('group', message);
  }

  /** Says that two ids are one user. */
  alias(message: AliasMessage): string {
    return this.#accept('alias', message);
  }

  /** Added to every event's context from now on; undefined takes it back. */
  setContext(context: Properties | undefined): void {
    this.#context = context;
  }

  /** Resolves when all events accepted so far are stored. */
  stored(): Promise<void> {
    return this.#core.stored();
  }

  /** Sends what is queued. Never rejects. */
  flush(options?: FlushOptions): Promise<FlushReport> {
    return this.#core.flush(options);
  }

  /** Takes nothing more, sends until the deadline, and closes; the rest stays queued. */
  async shutdown(options?: FlushOptions): Promise<FlushReport> {
    const report = await this.#core.shutdown(options);
    this.#unfollow();
    return report;
  }

  /** Events that the collector refused for good, as far as they are kept: 1,000, 8 MiB. */
  deadLetters(): DeadLetter[] {
    return this.#store?.deadLetters() ?? [];
  }

  /**
   * Queues all dead letters again, with the same eventIds and bytes, also those of other processes
   * that use the write key; resolves with their number once they are stored. Those that are refused
   * once more are dead letters again. Rejects with `storage_full` or `storage_failed` if they can
   * not be stored: they are kept then.
   */
  async resendDeadLetters(): Promise<number> {
    return (await this.#store?.resendDeadLetters()) ?? 0;
  }

  /** Listens to diagnostics; returns what ends it. */
  on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void {
    return this.#core.on(name, listener);
  }

  #accept(type: MessageType, message: object): string {
    checkMessage(type, message);
    const event = { ...message, type } as OwnEvent;
    const eventId = this.#core.accept(draftOf(event, this.#context));
    if (this.#isExiting) void this.#core.stored();
    if (this.#waitUntil && !this.#isTurnWaitedFor) this.#waitForTurn(this.#waitUntil);
    return eventId;
  }

  /** Asks once for all events of the turn. */
  #waitForTurn(waitUntil: NonNullable<AnalyticsOptions['waitUntil']>): void {
    this.#isTurnWaitedFor = true;
    const flushed = new Promise<FlushReport>((resolve) => {
      this.#clock.defer(() => {
        this.#isTurnWaitedFor = false;
        resolve(this.#core.flush());
      });
    });
    waitUntil(flushed);
  }

  /** Writes what the last turn left, and lets the next process take the queue over at once. */
  #exit(): void {
    // Later 'exit' listeners of the app may track, too: nothing defers any more.
    this.#isExiting = true;
    finish(this.#core, this.#store);
    this.#store?.releaseNow();
  }

  #reportNoStore(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    this.#core.emitter.report(
      'storage_unavailable',
      `${message}; events are in memory alone`,
      cause,
    );
  }

  #debug(): void {
    for (const name of [
      'stored',
      'delivered',
      'rejected',
      'dropped',
      'retrying',
      'error',
    ] as const) {
      this.#core.on(name, (detail: unknown) => console.debug('[holdfast]', name, detail));
    }
  }
}

function openStore(
  options: AnalyticsOptions,
  queueId: string,
  platform: NodePlatform,
): FileEventStore | undefined {
  const { durability = 'process', queueDir = defaultQueueDir(), writeKey } = options;
  if (durability === 'memory') return undefined;
  const rootPath = queueRootPath(queueDir, writeKey);
  return new FileEventStore({ rootPath, queueId, durability, ...platform });
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
export function createAnalytics<Events extends EventMap<Events> = AnyEvents>(
  options: AnalyticsOptions,
): NodeAnalytics<Events> {
  return new NodeAnalytics(options, { clock: systemClock, random: systemRandom });
}
