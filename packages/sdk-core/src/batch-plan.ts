/**
 * Which events go into the next batch: count, bytes and time cut it, one priority to a batch.
 *
 * Invariants: every record that was leased is in a batch under way, in a half that waits to be
 * sent, parked, or back in the store. Halves of a refused batch go before new leases, so that a
 * guilty event is found before more of them pile up.
 */
import { type Priority, priorities } from '@holdfast/protocol';
import * as clientLimits from './limits.js';
import type { Clock, CoreOptions, EventStore, LeasedRecord } from './ports.js';
import type { ServerTime } from './server-time.js';
import type { Settler } from './settler.js';

export interface BatchPlanParts {
  readonly options: Pick<CoreOptions, 'flushIntervalMs' | 'maxBatchEvents' | 'maxEventAgeMs'>;
  readonly clock: Clock;
  readonly store: EventStore;
  readonly serverTime: ServerTime;
  readonly settler: Settler;
}

export class BatchPlan {
  readonly #parts: BatchPlanParts;
  /** How many waiting events need not wait for their batch to fill. */
  readonly #due: Record<Priority, number> = { critical: 0, normal: 0, low: 0 };
  /** When what began to wait is due; undefined while nothing waits. */
  readonly #dueAtMs: Partial<Record<Priority, number>> = {};
  #halves: (readonly LeasedRecord[])[] = [];
  readonly #parked = new Map<readonly LeasedRecord[], () => void>();

  constructor(parts: BatchPlanParts) {
    this.#parts = parts;
  }

  get parkedEvents(): number {
    return [...this.#parked.keys()].flat().length;
  }

  /** Lets all that waits now go at once. */
  makeAllDue(): void {
    for (const priority of priorities) {
      this.#due[priority] = Math.max(1, this.#parts.store.waiting(priority).events);
    }
    for (const records of [...this.#parked.keys()]) this.#unpark(records);
  }

  /** Whether the store says that it holds some which are not under way. */
  isWaiting(priority: Priority): boolean {
    return this.#parts.store.waiting(priority).events > 0;
  }

  /** How long the next batch of this priority has to wait; 0: it is due; Infinity: none. */
  dueInMs(priority: Priority): number {
    const { options, store, clock } = this.#parts;
    if (this.#due[priority] > 0 || this.#halfIndex(priority) >= 0) return 0;
    const { events, bytes } = store.waiting(priority);
    if (events === 0) {
      delete this.#dueAtMs[priority];
      return Number.POSITIVE_INFINITY;
    }
    if (events >= options.maxBatchEvents || bytes >= clientLimits.maxBatchBytes) return 0;
    const nowMs = clock.monotonicMs();
    this.#dueAtMs[priority] ??= nowMs + options.flushIntervalMs;
    const dueAtMs = this.#dueAtMs[priority];
    if (dueAtMs > nowMs) return dueAtMs - nowMs;
    delete this.#dueAtMs[priority];
    this.#due[priority] = events;
    return 0;
  }

  /** The next batch; empty if nothing is there after all. */
  async next(priority: Priority): Promise<readonly LeasedRecord[]> {
    const half = this.#halfIndex(priority);
    if (half >= 0) return this.#halves.splice(half, 1)[0]!;
    return this.lease(priority, clientLimits.maxBatchBytes);
  }

  /** Leases a batch of at most so many bytes, and lets go of what is too old. */
  async lease(priority: Priority, maxBytes: number): Promise<readonly LeasedRecord[]> {
    const { options, store, serverTime, settler } = this.#parts;
    const maxEvents = options.maxBatchEvents;
    for (;;) {
      const leased = await store.lease({ priority, maxEvents, maxBytes });
      if (leased.length === 0) this.#due[priority] = 0;
      else this.#due[priority] = Math.max(0, this.#due[priority] - leased.length);
      // A report stays: whoever made it may be gone, and nobody else knows what it tells of.
      const expired = leased.filter(
        (r) => r.seq > 0 && serverTime.isOlderThan(r, options.maxEventAgeMs),
      );
      if (expired.length === 0) return leased;
      await settler.dropped(expired, 'expired').catch((cause: unknown) => {
        this.release(leased);
        throw cause;
      });
      if (expired.length < leased.length) return leased.filter((r) => !expired.includes(r));
    }
  }

  /** Gives records back to the store; they have waited long enough to be due. */
  release(records: readonly LeasedRecord[]): void {
    if (records.length === 0) return;
    this.#due[records[0]!.priority] += records.length;
    this.#parts.store.release(records);
  }

  /** Keeps both halves of a refused batch to be sent next, the first one first. */
  split(records: readonly LeasedRecord[]): void {
    const middle = records.length >> 1;
    this.#halves.unshift(records.slice(0, middle), records.slice(middle));
  }

  /** Gives all halves back. */
  unsplit(): void {
    for (const half of this.#halves.splice(0)) this.release(half);
  }

  /** Keeps records out of the queue for a while. */
  park(records: readonly LeasedRecord[], delayMs: number, onReturn: () => void): void {
    const cancel = this.#parts.clock.schedule(delayMs, () => {
      this.#unpark(records);
      onReturn();
    });
    this.#parked.set(records, cancel);
  }

  /** Gives everything back that is not in a batch under way. */
  releaseAll(): void {
    this.unsplit();
    for (const records of [...this.#parked.keys()]) this.#unpark(records);
  }

  #unpark(records: readonly LeasedRecord[]): void {
    this.#parked.get(records)?.();
    if (this.#parked.delete(records)) this.release(records);
  }

  #halfIndex(priority: Priority): number {
    return this.#halves.findIndex((half) => half[0]!.priority === priority);
  }
}
