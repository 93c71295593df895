import { backoffDelayMs, type Priority } from '@holdfast/protocol';
import * as clientLimits from './limits.js';
import type { Random } from './ports.js';

/** What outlives the process of a gate. */
export interface GateState {
  /** When this was saved, by the wall clock. */
  readonly savedAtMs: number;
  /** How long the gate was still to be closed then. */
  readonly leftMs: number;
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
export class RetryGate {
  /** Failed rounds since the last success: the exponent of the backoff. */
  failures = 0;
  /** Of these, the ones that speak for a failover. */
  strikes = 0;
  /** When the first order to wait came, if none was followed by a success. */
  waitingSinceMs: number | undefined;
  #untilMs = 0;
  #isOrder = false;
  #closedAtMs = Number.NEGATIVE_INFINITY;
  readonly #shedUntilMs: Record<Priority, number> = { critical: 0, normal: 0, low: 0 };
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** When a batch of this priority may go, by the monotonic clock; in the past: now. A probe waits
   *  for orders alone. */
  opensAtMs(priority: Priority, isProbe = false): number {
    const untilMs = isProbe && !this.#isOrder ? 0 : this.#untilMs;
    return Math.max(untilMs, this.#shedUntilMs[priority]);
  }

  /** Whether an order of the collector, which nothing overrides, keeps it closed. */
  isOrdered(nowMs: number): boolean {
    return this.#isOrder && this.#untilMs > nowMs;
  }

  /** Forgets all failures. An order that stands is kept: it came later than this success began. */
  succeed(nowMs: number): void {
    this.failures = 0;
    this.strikes = 0;
    this.waitingSinceMs = undefined;
    if (!this.isOrdered(nowMs)) this.#untilMs = 0;
  }

  /**
   * Closes it after an attempt that began at `startedAtMs` failed. Attempts that ran side by side
   * count as one failure. An order of less than a second leaves the wait to the backoff, or a
   * Retry-After of 0 would have us ask without a pause. Returns how long it stays closed.
   */
  fail(
    startedAtMs: number,
    nowMs: number,
    retryAfterMs: number | undefined,
    isStrike: boolean,
  ): number {
    const orderMs = (retryAfterMs ?? 0) < clientLimits.backoffBaseMs ? undefined : retryAfterMs;
    if (startedAtMs >= this.#closedAtMs) {
      const delayMs = backoffDelayMs(
        this.failures,
        this.#random.fraction(),
        clientLimits.backoffBaseMs,
        clientLimits.backoffCapMs,
      );
      this.failures++;
      if (isStrike) this.strikes++;
      this.#closedAtMs = nowMs;
      if (orderMs === undefined) this.#close(nowMs + delayMs, false, nowMs);
    }
    if (orderMs !== undefined) this.#close(nowMs + orderMs, true, nowMs);
    return Math.max(0, this.#untilMs - nowMs);
  }

  /** Closes it for `delayMs`, for a reason that is no failure. */
  pause(nowMs: number, delayMs: number): void {
    this.#closedAtMs = nowMs;
    this.#close(nowMs + delayMs, false, nowMs);
  }

  /** Closes it for one priority: the collector sheds load. */
  shed(priority: Priority, untilMs: number): void {
    this.#shedUntilMs[priority] = Math.max(this.#shedUntilMs[priority], untilMs);
  }

  /** Opens it, unless it was closed by order. */
  openBackoff(nowMs: number): void {
    if (!this.isOrdered(nowMs)) this.#untilMs = 0;
  }

  state(nowMs: number, wallMs: number): GateState {
    const leftMs = Math.max(0, this.#untilMs - nowMs);
    const isOrder = this.isOrdered(nowMs);
    return { savedAtMs: wallMs, leftMs, isOrder, failures: this.failures };
  }

  /** Takes over what an earlier process left; a wall clock that jumped back cannot prolong it. */
  inherit(state: GateState, nowMs: number, wallMs: number): void {
    const passedMs = Math.max(0, wallMs - state.savedAtMs);
    const leftMs = Math.min(clientLimits.maxRetryAfterMs, state.leftMs - passedMs);
    if (!(leftMs > 0)) return;
    this.failures = state.failures;
    this.#close(nowMs + leftMs, state.isOrder, nowMs);
  }

  #close(untilMs: number, isOrder: boolean, nowMs: number): void {
    if (this.isOrdered(nowMs) && untilMs <= this.#untilMs) return;
    if (!isOrder && this.isOrdered(nowMs)) return;
    this.#untilMs = untilMs;
    this.#isOrder = isOrder;
  }
}
