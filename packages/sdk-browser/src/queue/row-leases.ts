/**
 * Which rows the one sender has in hand. In its memory alone: a sender that dies leaves nothing
 * locked.
 */
import type { Priority } from '@holdfast/protocol';
import { Tally } from '@holdfast/sdk-core/memory-event-store';
import type { LeasedRecord, LeaseRequest, QueueRecord, StoreUsage } from '@holdfast/sdk-core/ports';

/** An event of the queue, and the key that it has, or will have, in the database. */
export interface Row extends QueueRecord {
  readonly key: string;
}

export class RowLeases {
  readonly #rows = new Map<string, Row>();
  #tally = new Tally();
  /** Events that reads under way may find and hand out. */
  #reading = 0;

  of(priority: Priority): StoreUsage {
    return this.#tally.of(priority);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  /** Hands out as many of the rows as were asked for. */
  hand(rows: readonly Row[], { maxEvents, maxBytes }: LeaseRequest): Row[] {
    const handed: Row[] = [];
    let bytes = 0;
    for (const row of rows.slice(0, maxEvents)) {
      bytes += row.sizeBytes;
      if (handed.length > 0 && bytes > maxBytes) break;
      handed.push(row);
      this.#rows.set(row.key, row);
    }
    this.#tally.add(handed);
    return handed;
  }

  release(records: readonly LeasedRecord[]): void {
    this.#tally.add(
      records.filter(({ key }) => this.#rows.delete(key as string)),
      -1,
    );
  }

  clear(): void {
    this.#rows.clear();
    this.#tally = new Tally();
  }

  /** Reads rows by `read`, told how many: those that are leased, or will be by a read under way,
   *  are still there. Resolves with the free ones, and whether these are all. */
  async findFree(
    maxEvents: number,
    read: (count: number) => Promise<readonly Row[]>,
  ): Promise<{ readonly free: readonly Row[]; readonly areAll: boolean }> {
    this.#reading += maxEvents;
    const count = this.#reading + this.#rows.size;
    try {
      const found = await read(count);
      return { free: found.filter(({ key }) => !this.has(key)), areAll: found.length < count };
    } finally {
      this.#reading -= maxEvents;
    }
  }
}
