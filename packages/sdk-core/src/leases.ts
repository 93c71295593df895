/**
 * What a queue holds, by priority, and which of it is handed out. In memory alone: a process that
 * dies leaves nothing locked.
 */
import type { Priority } from '@holdfast/protocol';
import type { LeasedRecord, LeaseRequest, StoreUsage } from './ports.js';

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

export class Leases<Leased extends LeasedRecord> {
  /** All that the queue holds, leased or not, as far as is known. */
  held = new Tally();
  readonly #keys = new Set<unknown>();
  #leased = new Tally();

  /** How many are leased. */
  get size(): number {
    return this.#keys.size;
  }

  has({ key }: LeasedRecord): boolean {
    return this.#keys.has(key);
  }

  /** Hands out the first of these records that are asked for and not leased. */
  hand(records: Iterable<Leased>, { priority, maxEvents, maxBytes }: LeaseRequest): Leased[] {
    const handed: Leased[] = [];
    let bytes = 0;
    for (const record of records) {
      if (record.priority !== priority || this.has(record)) continue;
      bytes += record.sizeBytes;
      if (handed.length >= maxEvents || (handed.length > 0 && bytes > maxBytes)) break;
      handed.push(record);
      this.#keys.add(record.key);
    }
    this.#leased.add(handed);
    return handed;
  }

  /** Takes records back; those that are not leased are ignored. */
  release(records: readonly LeasedRecord[]): void {
    this.#leased.add(
      records.filter(({ key }) => this.#keys.delete(key)),
      -1,
    );
  }

  waiting(priority: Priority): StoreUsage {
    const held = this.held.of(priority);
    const leased = this.#leased.of(priority);
    return {
      events: Math.max(0, held.events - leased.events),
      bytes: Math.max(0, held.bytes - leased.bytes),
    };
  }

  /** Nothing of a priority is held but what is leased. */
  noneWaits(priority: Priority): void {
    this.held.set(priority, this.#leased.of(priority));
  }

  clear(): void {
    this.#keys.clear();
    this.held = new Tally();
    this.#leased = new Tally();
  }
}
