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

interface Lane {
  /** Unleased, oldest first; those before `head` are gone. */
  records: LeasedRecord[];
  head: number;
  bytes: number;
}

/**
 * The queue in memory: where the platform has no durable storage, while consent is pending, and
 * for what the durable storage refused. Unbounded by itself: the intake bounds it.
 */
export class MemoryEventStore implements EventStore {
  readonly durability: Durability = 'memory';
  readonly #lanes: Record<Priority, Lane>;
  readonly #leased = new Set<LeasedRecord>();
  #events = 0;
  #bytes = 0;
  #state: string | undefined;

  constructor() {
    this.#lanes = { critical: emptyLane(), normal: emptyLane(), low: emptyLane() };
  }

  append(records: readonly QueueRecord[]): Promise<void> {
    for (const record of records) {
      const lane = this.#lanes[record.priority];
      lane.records.push({ ...record, key: undefined });
      lane.bytes += record.sizeBytes;
      this.#events++;
      this.#bytes += record.sizeBytes;
    }
    return Promise.resolve();
  }

  lease({ priority, maxEvents, maxBytes }: LeaseRequest): Promise<LeasedRecord[]> {
    const lane = this.#lanes[priority];
    const taken: LeasedRecord[] = [];
    let bytes = 0;
    while (taken.length < maxEvents) {
      const record = lane.records[lane.head];
      if (!record || (taken.length > 0 && bytes + record.sizeBytes > maxBytes)) break;
      lane.head++;
      bytes += record.sizeBytes;
      taken.push(record);
      this.#leased.add(record);
    }
    lane.bytes -= bytes;
    if (lane.head > 1_024 && lane.head * 2 > lane.records.length) {
      lane.records = lane.records.slice(lane.head);
      lane.head = 0;
    }
    return Promise.resolve(taken);
  }

  release(records: readonly LeasedRecord[]): void {
    for (const priority of priorities) {
      const back = records.filter((r) => r.priority === priority && this.#leased.delete(r));
      const lane = this.#lanes[priority];
      lane.records = back.concat(lane.records.slice(lane.head));
      lane.head = 0;
      lane.bytes += totalBytes(back);
    }
  }

  settle(settled: readonly SettledRecord[]): Promise<void> {
    for (const { record } of settled) {
      if (!this.#leased.delete(record) && !this.#removeWaiting(record)) continue;
      this.#events--;
      this.#bytes -= record.sizeBytes;
    }
    return Promise.resolve();
  }

  /** Rare: the verdict on a record came after it had been released. */
  #removeWaiting(record: LeasedRecord): boolean {
    const lane = this.#lanes[record.priority];
    const index = lane.records.indexOf(record, lane.head);
    if (index < 0) return false;
    lane.records.splice(index, 1);
    lane.bytes -= record.sizeBytes;
    return true;
  }

  usage(): StoreUsage {
    return { events: this.#events, bytes: this.#bytes };
  }

  waiting(priority: Priority): StoreUsage {
    const { records, head, bytes } = this.#lanes[priority];
    return { events: records.length - head, bytes };
  }

  /** All that it holds, leased or not. */
  all(): QueueRecord[] {
    const waiting = priorities.flatMap((priority) => {
      const { records, head } = this.#lanes[priority];
      return records.slice(head);
    });
    return [...this.#leased, ...waiting];
  }

  onArrival(): void {}

  onCorrupt(): void {}

  readState(): Promise<string | undefined> {
    return Promise.resolve(this.#state);
  }

  writeState(state: string): Promise<void> {
    this.#state = state;
    return Promise.resolve();
  }

  purge(): Promise<number> {
    const count = this.#events;
    for (const priority of priorities) this.#lanes[priority] = emptyLane();
    this.#leased.clear();
    this.#events = 0;
    this.#bytes = 0;
    return Promise.resolve(count);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function emptyLane(): Lane {
  return { records: [], head: 0, bytes: 0 };
}

function totalBytes(records: readonly QueueRecord[]): number {
  return records.reduce((sum, record) => sum + record.sizeBytes, 0);
}
