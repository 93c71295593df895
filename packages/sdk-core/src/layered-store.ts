/**
 * The durable queue with memory behind it: what the storage refuses, and all while consent is
 * pending, waits in memory, is sent from there, and moves to the storage when that takes it again.
 *
 * Invariants: a record is in one of the two, never in both but for a copy that a failed write may
 * have left in the storage (same eventId, so it counts once). `append` resolves only when the
 * record is stored at the durability in force, or settled.
 */
import { type Priority, priorities, restedBackoffDelayMs } from '@holdfast/protocol';
import type { Emitter } from './emitter.js';
import { AnalyticsError } from './errors.js';
import { sumOf } from './leases.js';
import * as clientLimits from './limits.js';
import { MemoryEventStore } from './memory-event-store.js';
import type {
  Clock,
  Durability,
  EventStore,
  LeasedRecord,
  LeaseRequest,
  QueueRecord,
  Random,
  SettledRecord,
  StoreUsage,
} from './ports.js';

export interface LayeredStoreParts {
  /** Undefined: the platform has none, memory is all there is. */
  readonly storage: EventStore | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly emitter: Emitter;
  /** Told of records that end with this process. */
  readonly onLost: (records: readonly QueueRecord[]) => void;
}

export class LayeredStore implements EventStore {
  readonly #parts: LayeredStoreParts;
  readonly #memory = new MemoryEventStore();
  /** Which of the records that were handed out are the memory's. */
  readonly #fromMemory = new WeakSet<LeasedRecord>();
  /** Nothing may be written to the storage: consent is pending. */
  #isHeld = false;
  /** Failures of the storage in a row; 0: it works. */
  #failures = 0;
  /** How often all was purged: what the storage refuses after that is not kept. */
  #purges = 0;
  #waiters: (() => void)[] = [];
  #onArrival = () => {};
  #isClosed = false;

  constructor(parts: LayeredStoreParts) {
    this.#parts = parts;
  }

  get durability(): Durability {
    return this.#main().durability;
  }

  /** Bytes that wait in memory because the storage refused them; 0 while it works. */
  get unstoredBytes(): number {
    return this.#failures > 0 ? this.#memory.usage().bytes : 0;
  }

  /** Keeps everything in memory from now on, or moves what is there to the storage. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld) void this.#move();
  }

  append(records: readonly QueueRecord[]): Promise<void> {
    const main = this.#main();
    if (main === this.#memory) return this.#memory.append(records);
    if (this.#failures > 0) return this.#keep(records);
    const purges = this.#purges;
    return main.append(records).catch((cause: unknown) => {
      // Purged with the rest: a denial that this very write found, say.
      if (purges !== this.#purges) return undefined;
      // First, so that the retry knows of somebody who waits.
      const kept = this.#keep(records);
      this.#failed(cause);
      // Whoever looked when the append began found nothing to send yet.
      this.#onArrival();
      return kept;
    });
  }

  async lease(request: LeaseRequest): Promise<LeasedRecord[]> {
    for (const store of this.#all()) {
      const records = await store.lease(request).catch((cause: unknown) => {
        // A storage that cannot be read must not hold up what waits in memory.
        this.#parts.emitter.emit('error', storageError(cause));
        return [];
      });
      if (store === this.#memory) for (const record of records) this.#fromMemory.add(record);
      if (records.length > 0) return records;
    }
    return [];
  }

  release(records: readonly LeasedRecord[]): void {
    this.#storeOf(records[0])?.release(records);
    // What was under way from memory while the storage recovered was left behind by that move.
    if (this.#failures === 0) void this.#move();
  }

  async settle(settled: readonly SettledRecord[]): Promise<void> {
    await this.#storeOf(settled[0]?.record)?.settle(settled);
    this.#resolveWaiters();
  }

  usage(): StoreUsage {
    return sumOf(this.#all().map((store) => store.usage()));
  }

  waiting(priority: Priority): StoreUsage {
    return sumOf(this.#all().map((store) => store.waiting(priority)));
  }

  onArrival(listener: () => void): void {
    this.#onArrival = listener;
    this.#parts.storage?.onArrival(listener);
  }

  readState(): Promise<string | undefined> {
    return this.#main().readState();
  }

  writeState(state: string): Promise<void> {
    return this.#main().writeState(state);
  }

  async purge(): Promise<number> {
    const { storage } = this.#parts;
    this.#purges++;
    try {
      // Both at once, and memory whatever becomes of the storage: what is tracked after this stays.
      const counts = [this.#memory.purge(), storage?.purge() ?? 0];
      const [inMemory = 0, stored = 0] = await Promise.all(counts);
      return inMemory + stored;
    } finally {
      this.#resolveWaiters();
    }
  }

  /** Tries once more to store what waits in memory, and gives the rest up: it ends with us. */
  async close(): Promise<void> {
    await this.#move();
    this.#isClosed = true;
    const lost = this.#memory.all();
    if (lost.length > 0) this.#parts.onLost(lost);
    await this.#parts.storage?.close();
  }

  /** What is in memory alone and may be stored. */
  get unstored(): readonly QueueRecord[] {
    return this.#isHeld ? [] : this.#memory.all();
  }

  #main(): EventStore {
    return this.#isHeld ? this.#memory : (this.#parts.storage ?? this.#memory);
  }

  #all(): EventStore[] {
    return this.#parts.storage ? [this.#parts.storage, this.#memory] : [this.#memory];
  }

  /** Where the records of a batch are, of which this is one. */
  #storeOf(record: LeasedRecord | undefined): EventStore | undefined {
    return record && (this.#fromMemory.has(record) ? this.#memory : this.#parts.storage);
  }

  /** Keeps in memory what should be in the storage; resolves when memory holds nothing more. */
  #keep(records: readonly QueueRecord[]): Promise<void> {
    void this.#memory.append(records);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #failed(cause: unknown): void {
    const { clock, random, emitter } = this.#parts;
    if (this.#failures === 0) emitter.emit('error', storageError(cause));
    const delayMs = restedBackoffDelayMs(
      this.#failures++,
      random.fraction(),
      clientLimits.storeRetryBaseMs,
      clientLimits.storeRetryCapMs,
    );
    // Whoever awaits stored() keeps the process alive until there is room.
    clock.schedule(delayMs, () => void this.#move(), this.#waiters.length > 0);
  }

  /** Moves what waits in memory to the storage, a batch at a time; ends at the first failure. */
  async #move(): Promise<void> {
    const { storage } = this.#parts;
    if (!storage || this.#isHeld || this.#isClosed) return;
    for (;;) {
      // Of all priorities at once: a page may go while the first append waits for its storage.
      const leases = priorities.map((priority) =>
        this.#memory.lease({ priority, maxEvents: 500, maxBytes: clientLimits.maxBatchBytes }),
      );
      const records = (await Promise.all(leases)).flat();
      if (records.length === 0) break;
      try {
        await storage.append(records);
      } catch (cause) {
        this.#memory.release(records);
        return this.#failed(cause);
      }
      this.#memory.remove(records);
    }
    this.#failures = 0;
    this.#resolveWaiters();
  }

  #resolveWaiters(): void {
    if (this.#memory.usage().events > 0) return;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

function storageError(cause: unknown): AnalyticsError {
  if (cause instanceof AnalyticsError) return cause;
  return new AnalyticsError('storage_failed', 'the queue cannot be written', cause);
}
