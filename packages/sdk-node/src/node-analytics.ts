import { type DropReason, mendEvent, type Properties } from '@holdfast/protocol';
import {
  type AnalyticsError,
  ClientCore,
  type Clock,
  type DeadLetter,
  type Diagnostics,
  type Durability,
  type EventDraft,
  type FlushOptions,
  type FlushReport,
  type Listener,
  type Random,
} from '@holdfast/sdk-core';
import { bindMethods } from '@holdfast/sdk-core/bind-methods';
import { finish } from '@holdfast/sdk-core/finish';
import * as clientLimits from '@holdfast/sdk-core/limits';
import { Trouble } from '@holdfast/sdk-core/trouble';
import { v7 } from 'uuid';
import { nodeLimits } from './limits.js';
import { type AnalyticsOptions, baseUrl, coreOptions } from './options.js';
import {
  type ClientContext,
  errorOf,
  inWords,
  type MessageType,
  mendedRule,
  ownEvent,
} from './own-event.js';
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
import { UnheardErrors } from './unheard-errors.js';

/** The platform, as far as a client needs it. */
export interface NodePlatform {
  readonly clock: Clock;
  readonly random: Random;
}

/** What flush() and shutdown() resolve with. */
export interface NodeFlushReport extends FlushReport {
  /** Events of processes that ended before, delivered from here meanwhile. They count in none of
   *  the other numbers. */
  readonly adopted: number;
  /** Why some are pending: what the last attempt failed of, as `retrying` says it. Undefined if
   *  none is, or none was tried yet. */
  readonly cause?: string | undefined;
}

/** A client: usually one for each write key and process. */
export class NodeAnalytics<Events extends EventMap<Events> = AnyEvents> {
  readonly #core: ClientCore;
  readonly #store: FileEventStore | undefined;
  readonly #clock: Clock;
  readonly #waitUntil: AnalyticsOptions['waitUntil'];
  readonly #throwsOnInvalid: boolean;
  readonly #trouble: Trouble;
  readonly #unheard = new UnheardErrors();
  /** That there is no storage. */
  readonly #told: Promise<void> | undefined;
  #draining: Promise<void> | undefined;
  #shutdown: Promise<NodeFlushReport> | undefined;
  #isShutDown = false;
  #isTurnWaitedFor = false;
  #isExiting = false;
  readonly #unfollow: () => void;
  #context: ClientContext = { context: undefined, keys: 0 };

  constructor(options: AnalyticsOptions, { clock, random }: NodePlatform) {
    const tell = (error: AnalyticsError) => this.#core.emitter.emit('error', error);
    const { beforeStore: rule, ...others } = coreOptions(options);
    const core = { ...others, beforeStore: rule && mendedRule(rule, tell) };
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
    const transport = new HttpTransport(clock, options.encoding, options.proxy);
    const { flushOnSignals, isDebug = false, waitUntil } = options;
    this.#throwsOnInvalid = (options.onInvalid ?? (isDebug ? 'throw' : 'report')) === 'throw';
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
    this.#trouble = new Trouble(this.#core.emitter);
    this.#core.on('error', (error) => this.#unheard.tell(error));
    this.#unfollow = followProcess({
      onExit: () => this.#exit(),
      // Not shutdown(): what the app still tracks while it ends is stored.
      onSignal: flushOnSignals ? () => this.flush() : undefined,
    });
    if (isDebug) this.#debug();
    // Later, so that the app can listen first.
    const told = new Promise<void>((resolve) => {
      clock.defer(() => {
        if (failure) this.#reportNoStore(failure);
        this.#reportRepairs(options);
        // A turn later the process has said it, too.
        clock.defer(resolve);
      });
    });
    this.#told = failure ? told : undefined;
    void this.#core.start();
  }

  /** What "stored" survives now; less than was asked for where no folder can be used. */
  get durability(): Durability {
    return this.#core.durability;
  }

  /**
   * Accepts an event; returns its eventId, also of one that is dropped. Never throws on network or
   * disk; on a mistake in the call only with `onInvalid: 'throw'`.
   */
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
  setContext(context: object | undefined): void {
    const { members, faults, keys } = mendEvent({ context });
    this.#context = { context: members.context as Properties | undefined, keys };
    if (faults.length === 0) return;
    const told = errorOf('setContext', faults.map(inWords), faults);
    if (this.#throwsOnInvalid) throw told;
    this.#core.emitter.emit('error', told);
  }

  /** Resolves when all events accepted so far are stored; where that is in memory alone, not before
   *  an `error`, or a warning of the process, has said so. */
  async stored(): Promise<void> {
    const stored = this.#core.stored();
    await this.#told;
    return stored;
  }

  /** Sends what is queued, what processes that ended before have left behind too. Never rejects. */
  async flush(options: FlushOptions = {}): Promise<NodeFlushReport> {
    const delivered = () => this.#store?.adopted.delivered ?? 0;
    const before = delivered();
    const draining = this.#drain();
    const startedAtMs = this.#clock.monotonicMs();
    const report = await this.#core.flush(options);
    const { timeoutMs = clientLimits.flushTimeoutMs } = options;
    await this.#before(draining, timeoutMs - (this.#clock.monotonicMs() - startedAtMs));
    const { rejected, pending, dropped } = report;
    const counts = { delivered: report.delivered, rejected, pending, dropped };
    const all = { ...counts, adopted: delivered() - before };
    if (pending === 0) return all;
    this.#trouble.tell();
    return { ...all, cause: this.#trouble.cause };
  }

  /** Takes nothing more, sends until the deadline, and closes; the rest stays queued. */
  shutdown(options?: FlushOptions): Promise<NodeFlushReport> {
    this.#shutdown ??= this.#close(options);
    return this.#shutdown;
  }

  /** Events that the collector refused for good, as far as they are kept: 1,000, 8 MiB. */
  deadLetters(): DeadLetter[] {
    return this.#store?.deadLetters() ?? [];
  }

  /**
   * Queues all dead letters again, with the same eventIds, also those of other processes that use
   * the write key, mended as a call would be today; resolves with their number once they are
   * stored. Those that are refused once more are dead letters again. Rejects with `storage_full` or
   * `storage_failed` if they cannot be stored: they are kept then.
   */
  async resendDeadLetters(): Promise<number> {
    return (await this.#store?.resendDeadLetters()) ?? 0;
  }

  /** Listens to diagnostics; returns what ends it. */
  on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void {
    if (name === 'error') this.#unheard.heard();
    return this.#core.on(name, listener);
  }

  #accept(type: MessageType, message: object): string {
    const { draft, told, isUseless, isMistaken } = ownEvent(type, message, this.#context);
    if (told && isMistaken && this.#throwsOnInvalid) throw told;
    const refusal = this.#isShutDown ? 'shut_down' : isUseless ? 'invalid' : undefined;
    const eventId = refusal ? this.#refuse(draft, refusal) : this.#core.accept(draft);
    if (told) this.#core.emitter.emit('error', told);
    if (this.#isExiting) void this.#core.stored();
    if (this.#waitUntil && !this.#isTurnWaitedFor) this.#waitForTurn(this.#waitUntil);
    return eventId;
  }

  async #close(options: FlushOptions = {}): Promise<NodeFlushReport> {
    const { timeoutMs = clientLimits.flushTimeoutMs } = options;
    const startedAtMs = this.#clock.monotonicMs();
    this.#isShutDown = true;
    const flushed = await this.flush(options);
    const leftMs = timeoutMs - (this.#clock.monotonicMs() - startedAtMs);
    const report = await this.#core.shutdown({ timeoutMs: Math.max(0, leftMs) });
    this.#unfollow();
    return { ...flushed, ...report };
  }

  /** Gives up an event before it is queued. It has a number, so that the ledger tells of it. */
  #refuse(draft: EventDraft, reason: DropReason): string {
    const { factory, outcomes, settler } = this.#core;
    const { eventId } = factory.make(draft);
    const { queueId } = outcomes;
    const seq = ++outcomes.lastSeq;
    const empty = { priority: 'normal', json: '', sizeBytes: 0, serverTimeMs: null } as const;
    void settler.dropped([{ ...empty, eventId, queueId, seq, key: undefined }], reason);
    return eventId;
  }

  #before(done: Promise<void>, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      // Whoever awaits flush() wants its answer: the timer keeps the process alive.
      const cancel = this.#clock.schedule(timeoutMs, resolve, true);
      void done.then(cancel).then(resolve);
    });
  }

  /** One look for what dead processes have left; then until that is sent, or an attempt fails: what
   *  was in vain is left to the next look or process. */
  #drain(): Promise<void> {
    const store = this.#store;
    if (!store) return Promise.resolve();
    this.#draining ??= new Promise<void>((resolve) => {
      let isOver = false;
      const end = () => {
        if (isOver) return;
        isOver = true;
        unlisten();
        this.#draining = undefined;
        resolve();
      };
      const unlisten = this.#core.on('retrying', end);
      void store.adopt().then(() => {
        if (isOver) return;
        this.#core.delivery.flush();
        void store.adopted.settled().then(end);
      });
    });
    return this.#draining;
  }

  /** Asks once for all events of the turn. */
  #waitForTurn(waitUntil: NonNullable<AnalyticsOptions['waitUntil']>): void {
    this.#isTurnWaitedFor = true;
    const flushed = new Promise<NodeFlushReport>((resolve) => {
      this.#clock.defer(() => {
        this.#isTurnWaitedFor = false;
        resolve(this.flush());
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

  #reportRepairs({ endpoint }: AnalyticsOptions): void {
    for (const url of [endpoint].flat()) {
      if (baseUrl(url) === url.replace(/\/+$/, '')) continue;
      const told = `endpoint ${url}: the SDK appends /v1/events itself; ${baseUrl(url)} is taken`;
      this.#core.emitter.report('invalid_options', told);
    }
  }

  #debug(): void {
    this.#unheard.heard();
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
  return bindMethods(new NodeAnalytics(options, { clock: systemClock, random: systemRandom }));
}
