import type { Priority } from '@holdfast/protocol';
import type { StoreUsage } from '@holdfast/sdk-core/ports';

/** What it takes of a record to count it. */
export interface Counted {
  readonly priority: Priority;
  readonly sizeBytes: number;
}

/** Events and bytes by priority. */
export class Tally {
  readonly #lanes = new Map<Priority, StoreUsage>();

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
    this.#lanes.set(priority, usage);
  }

  of(priority: Priority): StoreUsage {
    return this.#lanes.get(priority) ?? { events: 0, bytes: 0 };
  }

  total(): StoreUsage {
    let [events, bytes] = [0, 0];
    for (const lane of this.#lanes.values()) {
      events += lane.events;
      bytes += lane.bytes;
    }
    return { events, bytes };
  }
}
