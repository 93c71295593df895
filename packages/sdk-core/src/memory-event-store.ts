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

/** What it takes of a record to count it. */
export interface Counted {
  readonly priority: Priority;
  readonly sizeBytes: number;
}

/** Events and bytes by priority. */
export class Tally {
  readonly #usages = new Map<Priority, StoreUsage>();

  /** Never falls below zero: what another tab tells may be counted here already. */
  add(records: readonly Counted[], sign = 1): void {
    for (const { priority, sizeBytes } of records) {
      const { events, bytes } = this.of(priority);
      this.set(priority, {
        events: Math.max(0, events + sign),
        bytes: Math.max(0, bytes + sign * sizeBytes),
      });
    }
  }

  set(priority: Priority, usage: StoreUsage): void {
    this.#usages.set(priority, usage);
  }

  of(priority: Priority): StoreUsage {
    return this.#usages.get(priority) ?? { events: 0, bytes: 0 };
  }

  total(): StoreUsage {
    return sumOf([...this.#usages.values()]);
  }
}

/** The sum of what several queues, or several priorities of one, hold. */
export function sumOf(usages: readonly StoreUsage[]): StoreUsage {
  let [events, bytes] = [0, 0];
  for (const usage of usages) {
    events += usage.events;
    bytes += usage.bytes;
  }
  return { events, bytes };
}

/**
 * The queue in memory: where the platform has no durable storage, while consent is pending, and
 * for what the durable storage refused. Unbounded by itself: the intake bounds it.
 *
 * Invariant: a record waits, where the oldest of a priority comes first, or is leased, or gone.
 */
export class MemoryEventStore implements EventStore {
  readonly durability: Durability = 'memory';
  readonly #records = new Map<Priority, Set<LeasedRecord>>();
  readonly #leased = new Set<LeasedRecord>();
  #waiting = new Tally();
  #leasing = new Tally();
  #state: string | undefined;

  append(records: readonly QueueRecord[]): Promise<void> {
    for (const record of records) this.#of(record.priority).add({ ...record, key: undefined });
    this.#waiting.add(records);
    return Promise.resolve();
  }

  lease({ priority, maxEvents, maxBytes }: LeaseRequest): Promise<LeasedRecord[]> {
    const records = this.#of(priority);
    const taken: LeasedRecord[] = [];
    let bytes = 0;
    for (const record of records) {
      bytes += record.sizeBytes;
      if (taken.length >= maxEvents || (taken.length > 0 && bytes > maxBytes)) break;
      taken.push(record);
      records.delete(record);
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
      if (own.length > 0) this.#records.set(priority, new Set([...own, ...this.#of(priority)]));
    }
    this.#leasing.add(back, -1);
    this.#waiting.add(back);
  }

  settle(settled: readonly SettledRecord[]): Promise<void> {
    for (const { record } of settled) {
      if (this.#leased.delete(record)) this.#leasing.add([record], -1);
      // Rare: its verdict came after it had been released.
      else if (this.#of(record.priority).delete(record)) this.#waiting.add([record], -1);
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
    return [this.#leased, ...this.#records.values()].flatMap((records) => [...records]);
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
    this.#records.clear();
    this.#leased.clear();
    this.#waiting = new Tally();
    this.#leasing = new Tally();
    return Promise.resolve(events);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Those of a priority that wait. */
  #of(priority: Priority): Set<LeasedRecord> {
    const records = this.#records.get(priority) ?? new Set();
    this.#records.set(priority, records);
    return records;
  }
}
