/**
 * Which events go into the next batch: count, bytes and time cut it, one priority to a batch.
 *
 * Invariants: every record that was leased is in a batch under way, in a half that waits to be
 * sent, parked, or back in the store. Halves of a refused batch go before new leases, so that a
 * guilty event is found before more of them pile up.
 */
import { type Priority } from '@holdfast/protocol';
import type { CoreOptions } from './options.js';
import type { Clock, EventStore, LeasedRecord } from './ports.js';
import type { ServerTime } from './server-time.js';
export interface BatchPlanParts {
  readonly options: Pick<CoreOptions, 'flushIntervalMs' | 'maxBatchEvents' | 'maxEventAgeMs'>;
  readonly clock: Clock;
  readonly store: EventStore;
  readonly serverTime: ServerTime;
  /** Takes what is too old to be sent. */
  readonly onExpired: (records: readonly LeasedRecord[]) => Promise<void>;
}
export declare class BatchPlan {
  #private;
  constructor(parts: BatchPlanParts);
  get parkedEvents(): number;
  /** Lets all that waits now go at once. */
  makeAllDue(): void;
  /** How long the next batch of this priority has to wait; 0: it is due; Infinity: none. */
  dueInMs(priority: Priority): number;
  /** The next batch; empty if nothing is there after all. */
  next(priority: Priority): Promise<readonly LeasedRecord[]>;
  /** Leases a batch of at most so many bytes, and lets go of what is too old. */
  lease(priority: Priority, maxBytes: number): Promise<readonly LeasedRecord[]>;
  /** Gives records back to the store; they have waited long enough to be due. */
  release(records: readonly LeasedRecord[]): void;
  /** Keeps both halves of a refused batch to be sent next, the first one first. */
  split(records: readonly LeasedRecord[]): void;
  /** Gives all halves back. */
  unsplit(): void;
  /** Keeps records out of the queue for a while. */
  park(records: readonly LeasedRecord[], delayMs: number, onReturn: () => void): void;
  /** Gives everything back that is not in a batch under way. */
  releaseAll(): void;
}
