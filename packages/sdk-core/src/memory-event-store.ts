import { type Priority, priorities } from '@holdfast/protocol';
import type {
  Durability,
  EventStore,
  LeasedRecord,
  LeaseRequest,
  QueueRecord,
  SettledRecord,
  StoreUsage,
} from './ports.js';
import { sumOf, Tally } from './tally.js';

/**
 * The queue in memory: where the platform has no durable storage, while consent is pending, and
 * for what the durable storage refused. Unbounded by itself: the intake bounds it.
 *
 * Invariant: a record is in its lane, where the oldest comes first, or leased, or gone.
 */
export class MemoryEventStore implements EventStore {
  readonly durability: Durability = 'memory';
  readonly #lanes = new Map<Priority, Set<LeasedRecord>>();
  readonly #leased = new Set<LeasedRecord>();
  #waiting = new Tally();
  #leasing = new Tally();
  #state: string | undefined;

  append(records: readonly QueueRecord[]): Promise<void> {
    for (const record of records) this.#lane(record.priority).add({ ...record, key: undefined });
    this.#waiting.add(records);
    return Promise.resolve();
  }

  lease({ priority, maxEvents, maxBytes }: LeaseRequest): Promise<LeasedRecord[]> {
    const lane = this.#lane(priority);
    const taken: LeasedRecord[] = [];
    let bytes = 0;
    for (const record of lane) {
      bytes += record.sizeBytes;
      if (taken.length >= maxEvents || (taken.length > 0 && bytes > maxBytes)) break;
      taken.push(record);
      lane.delete(record);
      this.#leased.add(record);
    }
    this.#waiting.add(taken, -1);
    this.#leasing.add(taken);
    return Promise.resolve(taken);
  }

  release(records: readonly LeasedRecord[]): void {
    const back = records.filter((record) => this.#leased.delete(record));
    for (const priority of priorities) {
      const own = back.filter((record) => record.priority === priority);
      if (own.length > 0) this.#lanes.set(priority, new Set([...own, ...this.#lane(priority)]));
    }
    this.#leasing.add(back, -1);
    this.#waiting.add(back);
  }

  settle(settled: readonly SettledRecord[]): Promise<void> {
    for (const { record } of settled) {
      if (this.#leased.delete(record)) this.#leasing.add([record], -1);
      // Rare: the verdict on it came after it had been released.
      else if (this.#lane(record.priority).delete(record)) this.#waiting.add([record], -1);
    }
    return Promise.resolve();
  }

  usage(): StoreUsage {
    return sumOf([this.#waiting.total(), this.#leasing.total()]);
  }

  waiting(priority: Priority): StoreUsage {
    return this.#waiting.of(priority);
  }

  /** All that it holds, leased or not. */
  all(): QueueRecord[] {
    return [this.#leased, ...this.#lanes.values()].flatMap((records) => [...records]);
  }

  onArrival(): void {}

  readState(): Promise<string | undefined> {
    return Promise.resolve(this.#state);
  }

  writeState(state: string): Promise<void> {
    this.#state = state;
    return Promise.resolve();
  }

  purge(): Promise<number> {
    const { events } = this.usage();
    this.#lanes.clear();
    this.#leased.clear();
    this.#waiting = new Tally();
    this.#leasing = new Tally();
    return Promise.resolve(events);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #lane(priority: Priority): Set<LeasedRecord> {
    const lane = this.#lanes.get(priority) ?? new Set();
    this.#lanes.set(priority, lane);
    return lane;
  }
}
