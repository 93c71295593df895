import type { DropReason, NamedSeqs } from '@holdfast/protocol';
import { BatchPlan } from './batch-plan.js';
import { Delivery } from './delivery.js';
import { DeliveryState } from './delivery-state.js';
import { Drops } from './drops.js';
import { type Diagnostics, Emitter, type Listener } from './emitter.js';
import { Endpoints } from './endpoints.js';
import { type EventDraft, EventFactory } from './event-factory.js';
import { Intake } from './intake.js';
import { LayeredStore } from './layered-store.js';
import * as clientLimits from './limits.js';
import { type FlushReport, FlushRun, Outcomes } from './outcomes.js';
import type {
  Clock,
  CoreOptions,
  Durability,
  EventStore,
  QueueRecord,
  Random,
  Transport,
} from './ports.js';
import { ServerTime } from './server-time.js';
import { Settler } from './settler.js';

export interface ClientParts {
  readonly options: CoreOptions;
  readonly clock: Clock;
  readonly random: Random;
  /** Undefined where the platform has no durable storage. */
  readonly store: EventStore | undefined;
  readonly transport: Transport;
  /** The queue's id, if something else bears it already; a new UUID if left out. */
  readonly queueId?: string | undefined;
  /** See `DeliveryParts.confirmSender`. */
  readonly confirmSender?: (() => Promise<boolean>) | undefined;
  /** Told once all is stored that flush() wants sent, for where another tab is the sender. */
  readonly onFlush?: (() => void) | undefined;
}

/** Deadline of flush() and shutdown(). */
export interface FlushOptions {
  /** Ms; default 10,000. */
  readonly timeoutMs?: number;
}

/** One client: intake, queue and delivery wired together. The SDKs give it ports and its face. */
export class ClientCore {
  readonly outcomes: Outcomes;
  readonly settler: Settler;
  readonly delivery: Delivery;
  readonly factory: EventFactory;
  readonly #parts: ClientParts;
  readonly emitter = new Emitter();
  readonly store: LayeredStore;
  readonly #intake: Intake;
  readonly #state: DeliveryState;
  readonly #drops: Drops;
  #run: FlushRun | undefined;
  #nextRun: FlushRun | undefined;
  #shutdown: Promise<FlushReport> | undefined;
  #isClosed = false;
  #isReportDue = false;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    const factory = new EventFactory(parts);
    const newId = () => factory.newId();
    const { queueId = newId() } = parts;
    this.#drops = new Drops(queueId);
    // Each part takes of these what it uses.
    const base = {
      ...parts,
      ...{ factory, newId, emitter: this.emitter, outcomes: new Outcomes(queueId) },
      ...{ serverTime: new ServerTime(parts), endpoints: new Endpoints(parts) },
      onDropped: this.#onDropped.bind(this),
      onLost: (records: readonly QueueRecord[]) => this.#lost(records),
      onStored: () => this.delivery.wake(),
      tell: this.tell.bind(this),
    };
    const store = new LayeredStore({ ...base, storage: parts.store });
    const settler = new Settler({ ...base, store });
    const all = { ...base, store, settler };
    const plan = new BatchPlan(all);
    const state = new DeliveryState(all);
    this.delivery = new Delivery({ ...all, plan, state });
    this.#intake = new Intake(all);
    store.onArrival(all.onStored);
    this.outcomes = all.outcomes;
    this.settler = settler;
    this.factory = factory;
    this.store = store;
    this.#state = state;
  }

  /** The durability in force. */
  get durability(): Durability {
    return this.store.durability;
  }

  /** Takes over gates and epoch from earlier senders, then sends. */
  async start(): Promise<void> {
    try {
      await this.#state.load();
    } catch (cause) {
      // Without the saved state the first request may be needless, but nothing is lost.
      this.emitter.report('storage_failed', 'the state cannot be read', cause);
    }
    // shutdown() delivers, too, until it closes.
    if (!this.#isClosed) this.delivery.start();
  }

  /** Accepts an event and returns its eventId. Never throws on network or disk. */
  accept(draft: EventDraft): string {
    return this.#intake.accept(draft);
  }

  /** Hands what is buffered to the store at once; see `Intake.stored`. */
  stored(): Promise<void> {
    return this.#intake.stored();
  }

  on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void {
    return this.emitter.on(name, listener);
  }

  /** Tells the collector at once what became of events that it cannot know of. */
  tell(queueId: string, seqs: NamedSeqs): void {
    this.#drops.tell(queueId, seqs);
    this.reportDrops();
    this.#intake.store();
  }

  /** Keeps new events in memory (consent pending), or lets them into the storage. */
  holdInMemory(isHeld: boolean): void {
    this.store.hold(isHeld);
  }

  /** Consent denied: aborts what is under way, deletes all that is queued, takes nothing more. */
  async deny(): Promise<void> {
    this.#intake.closedReason = 'consent_denied';
    this.#intake.discard('consent_denied');
    this.#drops.forget();
    this.delivery.stop();
    const { lastSeq } = this.outcomes;
    try {
      // At once: what is tracked after the denial was taken back is not to be purged with the rest.
      await Promise.all([this.store.purge(), this.delivery.idle()]);
    } catch (cause) {
      // A page that finds the denial stored purges anew.
      return this.emitter.report('storage_failed', 'the purge failed', cause);
    }
    const count = this.outcomes.dropRest(lastSeq);
    if (count > 0) this.emitter.emit('dropped', { reason: 'consent_denied', count });
  }

  /** Takes events again after {@link deny}. */
  allow(): void {
    if (!this.#shutdown) this.#intake.closedReason = undefined;
  }

  /** Sends what is queued. Never rejects; see {@link FlushReport}. */
  async flush({
    timeoutMs = clientLimits.flushTimeoutMs,
  }: FlushOptions = {}): Promise<FlushReport> {
    const run = this.#joinRun();
    if (this.#isClosed) timeoutMs = 0;
    run.callers++;
    await this.#beforeDeadline(run.finished, timeoutMs);
    const report = run.report();
    if (--run.callers === 0) this.#endRun(run);
    return report;
  }

  /** Takes nothing more, sends what it can until the deadline, closes. The rest stays queued. */
  shutdown(options: FlushOptions = {}): Promise<FlushReport> {
    this.#shutdown ??= this.#close(options);
    return this.#shutdown;
  }

  async #close({ timeoutMs = clientLimits.flushTimeoutMs }: FlushOptions): Promise<FlushReport> {
    const { lastSeq, totals, runs } = this.outcomes;
    const { clock, transport } = this.#parts;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    // It ends later than the flush: what the storage does not take in the end is lost by then.
    const run = new FlushRun(lastSeq, totals);
    runs.add(run);
    const flushed = this.flush({ timeoutMs });
    this.#intake.closedReason ??= 'shut_down';
    await flushed;
    if (this.store.unstoredBytes > 0) {
      // It ends with us, reports too: while there is time it goes on being sent.
      this.delivery.flush();
      await this.#beforeDeadline(this.stored(), deadlineMs - clock.monotonicMs());
    }
    this.#isClosed = true;
    this.delivery.stop();
    await this.delivery.idle();
    await Promise.allSettled([this.store.close(), transport.close()]);
    runs.delete(run);
    return run.report();
  }

  /** The running run if nothing was accepted since it began, else the one next run. */
  #joinRun(): FlushRun {
    const { lastSeq, totals, runs } = this.outcomes;
    if (this.#run?.lastSeq === lastSeq) return this.#run;
    this.#nextRun?.extend(lastSeq, totals);
    const run = this.#nextRun ?? new FlushRun(lastSeq, totals);
    runs.add(run);
    if (this.#run) this.#nextRun = run;
    else this.#perform(run);
    return run;
  }

  #perform(run: FlushRun): void {
    this.#run = run;
    this.reportDrops();
    const stored = this.stored();
    this.delivery.flush();
    run.check();
    // Events that are still on their way into the storage are due as soon as they are there.
    void stored.then(() => {
      this.#parts.onFlush?.();
      if (this.#run === run) this.delivery.flush();
    });
  }

  /** Nobody waits for a run any more: the next one begins, if it was the one that ran. */
  #endRun(run: FlushRun): void {
    const next = run === this.#nextRun ? undefined : this.#nextRun;
    this.#nextRun = undefined;
    this.outcomes.runs.delete(run);
    if (run !== this.#run) return;
    this.#run = undefined;
    if (next) this.#perform(next);
  }

  #beforeDeadline(finished: Promise<void>, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      // This timer keeps a process alive: who awaits flush() wants its answer.
      const cancel = this.#parts.clock.schedule(timeoutMs, resolve, true);
      void finished.then(() => {
        cancel();
        resolve();
      });
    });
  }

  #onDropped(queueId: string, reason: DropReason): void {
    this.#drops.add(queueId, reason);
    this.#reportLater();
  }

  #reportLater(): void {
    if (this.#isReportDue) return;
    this.#isReportDue = true;
    this.#parts.clock.schedule(clientLimits.reportIntervalMs, () => {
      this.#isReportDue = false;
      this.reportDrops();
    });
  }

  /** Tells the collector of drops. A report that finds no room is made again. */
  reportDrops(): void {
    if (this.#intake.closedReason === 'consent_denied') return;
    const areTaken = this.#drops.report(this.outcomes.lastSeq, (report) =>
      this.#intake.acceptReport(report),
    );
    if (!areTaken) this.#reportLater();
  }

  /** What the storage did not take in the end goes with the process. */
  #lost(records: readonly QueueRecord[]): void {
    this.outcomes.settled(records, 'dropped');
    const count = records.filter(({ seq }) => seq > 0).length;
    if (count > 0) this.emitter.emit('dropped', { reason: 'shut_down', count });
  }
}
