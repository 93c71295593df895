import type { Priority } from '@holdfast/protocol';
import { Leases } from './leases.js';
import type {
  Durability,
  EventStore,
  LeasedRecord,
  LeaseRequest,
  QueueRecord,
  SettledRecord,
  StoreUsage,
} from './ports.js';

/**
 * The queue in memory: where the platform has no durable storage, while consent is pending, and
 * for what the durable storage refused. Unbounded by itself: the intake bounds it.
 */
export class MemoryEventStore implements EventStore {
  readonly durability: Durability = 'memory';
  /** Oldest first, leased or not. */
  readonly #records = new Set<LeasedRecord>();
  readonly #leases = new Leases();
  #state: string | undefined;

  async append(records: readonly QueueRecord[]): Promise<void> {
    // A key that no other record has.
    for (const record of records) this.#records.add({ ...record, key: {} });
    this.#leases.held.add(records);
  }

  async lease(request: LeaseRequest): Promise<LeasedRecord[]> {
    return this.#leases.hand(this.#records, request);
  }

  release(records: readonly LeasedRecord[]): void {
    this.#leases.release(records);
  }

  async settle(settled: readonly SettledRecord[]): Promise<void> {
    this.remove(settled.map(({ record }) => record));
  }

  remove(records: readonly LeasedRecord[]): void {
    const gone = records.filter((record) => this.#records.delete(record));
    this.#leases.held.add(gone, -1);
    this.release(gone);
  }

  usage(): StoreUsage {
    return this.#leases.held.total();
  }

  waiting(priority: Priority): StoreUsage {
    return this.#leases.waiting(priority);
  }

  /** All that it holds, leased or not. */
  all(): QueueRecord[] {
    return [...this.#records];
  }

  onArrival(): void {}

  async readState(): Promise<string | undefined> {
    return this.#state;
  }

  async writeState(state: string): Promise<void> {
    this.#state = state;
  }

  async purge(): Promise<number> {
    const { size } = this.#records;
    this.#records.clear();
    this.#leases.clear();
    return size;
  }

  async close(): Promise<void> {}
}
