import type { Priority } from '@holdfast/protocol';
import type { Random } from './ports.js';
/** What outlives the process of a gate; times by the wall clock. */
export interface GateState {
  readonly untilMs: number;
  readonly isOrder: boolean;
  readonly failures: number;
}
/**
 * When an endpoint may be asked again: one gate for all its batches, so that an outage costs one
 * probe at a time and not one for each batch.
 *
 * Invariants: a gate closed by order (Retry-After) opens at its time and not before; a gate closed
 * by backoff may be opened by flush(). While `failures` > 0 only one batch may be in flight.
 */
export declare class RetryGate {
  #private;
  /** Failed rounds since the last success: the exponent of the backoff. */
  failures: number;
  /** Of these, the ones that speak for a failover. */
  strikes: number;
  /** When the first order to wait came, if none was followed by a success. */
  waitingSinceMs: number | undefined;
  constructor(random: Random);
  /** When a batch of this priority may go, by the monotonic clock; in the past: now. */
  opensAtMs(priority: Priority): number;
  /** Whether an order of the collector, which nothing overrides, keeps it closed. */
  isOrdered(nowMs: number): boolean;
  /** Forgets all failures. An order that stands is kept: it came later than this success began. */
  succeed(nowMs: number): void;
  /**
   * Closes it after an attempt that began at `startedAtMs` failed. Attempts that ran side by side
   * count as one failure. Returns how long it stays closed.
   */
  fail(startedAtMs: number, nowMs: number, orderMs: number | undefined, isStrike: boolean): number;
  /** Closes it for `delayMs`, for a reason that is no failure. */
  pause(nowMs: number, delayMs: number): void;
  /** Closes it for one priority: the collector sheds load. */
  shed(priority: Priority, untilMs: number): void;
  /** Opens it, unless it was closed by order. */
  openBackoff(nowMs: number): void;
  state(nowMs: number, wallMs: number): GateState;
  /** Takes over what an earlier process left; a wall clock that jumped back cannot prolong it. */
  inherit(state: GateState, nowMs: number, wallMs: number): void;
}
