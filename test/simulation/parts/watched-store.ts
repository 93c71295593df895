import type { Priority } from '@holdfast/protocol';
import type {
  Durability,
  EventStore,
  LeasedRecord,
  LeaseRequest,
  QueueRecord,
  SettledRecord,
  StoreUsage,
} from '@holdfast/sdk-core/ports';
import type { Ledger } from '../ledger.js';
import type { Life } from '../models/life.js';

/** A durable queue, of which the ledger hears what is settled. */
export class WatchedStore implements EventStore {
  readonly #store: EventStore;
  readonly #ledger: Ledger;
  readonly #life: Life;

  constructor(store: EventStore, ledger: Ledger, life: Life) {
    this.#store = store;
    this.#ledger = ledger;
    this.#life = life;
  }

  get durability(): Durability {
    return this.#store.durability;
  }

  append(records: readonly QueueRecord[]): Promise<void> {
    return this.#store.append(records);
  }

  async lease(request: LeaseRequest): Promise<LeasedRecord[]> {
    return this.#store.lease(request);
  }

  release(records: readonly LeasedRecord[]): void {
    this.#store.release(records);
  }

  async settle(settled: readonly SettledRecord[]): Promise<void> {
    await this.#store.settle(settled);
    if (this.#life.isDead) return;
    for (const { record, ending } of settled) {
      const event = this.#ledger.find(record.eventId);
      if (!event) continue;
      event.settledAtMs ??= this.#ledger.nowMs;
      if (ending.kind === 'dropped') event.droppedReason ??= ending.reason;
    }
  }

  usage(): StoreUsage {
    return this.#store.usage();
  }

  waiting(priority: Priority): StoreUsage {
    return this.#store.waiting(priority);
  }

  onArrival(listener: () => void): void {
    this.#store.onArrival(listener);
  }

  readState(): Promise<string | undefined> {
    return this.#store.readState();
  }

  writeState(state: string): Promise<void> {
    return this.#store.writeState(state);
  }

  purge(): Promise<number> {
    return this.#store.purge();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
