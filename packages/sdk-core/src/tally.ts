import type { Priority } from '@holdfast/protocol';
import type { StoreUsage } from './ports.js';

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
