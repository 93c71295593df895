import { backoffDelayMs, type Priority } from '@holdfast/protocol';
import * as clientLimits from './limits.js';
import type { Clock, Random } from './ports.js';

/** What outlives the process of a gate. */
export interface GateState {
  /** When this was saved, by the wall clock. */
  readonly savedAtMs: number;
  /** How long the gate was still to be closed then. */
  readonly leftMs: number;
  readonly isOrder: boolean;
  readonly failures: number;
}

export interface RetryGateParts {
  readonly clock: Clock;
  readonly random: Random;
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
  /** When the first order to wait came that no success has followed; Infinity: none. */
  waitingSinceMs = Number.POSITIVE_INFINITY;
  #untilMs = 0;
  #isOrder = false;
  #closedAtMs = Number.NEGATIVE_INFINITY;
  readonly #shedUntilMs: Record<Priority, number> = { critical: 0, normal: 0, low: 0 };
  readonly #parts: RetryGateParts;

  constructor(parts: RetryGateParts) {
    this.#parts = parts;
  }

  /** How long a batch of this priority has to wait; 0 or less: it may go. A probe waits for orders
   *  alone. */
  opensInMs(priority: Priority, isProbe = false): number {
    const untilMs = isProbe && !this.#isOrder ? 0 : this.#untilMs;
    return Math.max(untilMs, this.#shedUntilMs[priority]) - this.#nowMs();
  }

  /** Whether an order of the collector, which nothing overrides, keeps it closed. */
  isOrdered(): boolean {
    return this.#isOrder && this.#untilMs > this.#nowMs();
  }

  /** To be told to wait, by whomever, is no reason to move on before it has lasted. */
  noteOrder(): void {
    this.waitingSinceMs = Math.min(this.waitingSinceMs, this.#nowMs());
  }

  /** Forgets all failures. An order that stands is kept: it came later than this success began. */
  succeed(): void {
    this.failures = 0;
    this.strikes = 0;
    this.waitingSinceMs = Number.POSITIVE_INFINITY;
    this.openBackoff();
  }

  /**
   * Closes it after an attempt that began at `startedAtMs` failed. Attempts that ran side by side
   * count as one failure. An order of less than a second leaves the wait to the backoff, or a
   * Retry-After of 0 would have us ask without a pause. Returns how long it stays closed.
   */
  fail(startedAtMs: number, orderMs: number, isStrike: boolean): number {
    const isOrder = orderMs >= clientLimits.backoffBaseMs;
    if (startedAtMs >= this.#closedAtMs) {
      const delayMs = backoffDelayMs(
        this.failures,
        this.#parts.random.fraction(),
        clientLimits.backoffBaseMs,
        clientLimits.backoffCapMs,
      );
      this.failures++;
      if (isStrike) this.strikes++;
      this.#closedAtMs = this.#nowMs();
      if (!isOrder) this.#close(delayMs, false);
    }
    if (isOrder) this.#close(orderMs, true);
    return Math.max(0, this.#untilMs - this.#nowMs());
  }

  /** Closes it for `delayMs`, for a reason that is no failure. */
  pause(delayMs: number): void {
    this.#closedAtMs = this.#nowMs();
    this.#close(delayMs, false);
  }

  /** Closes it for one priority: the collector sheds load. */
  shed(priority: Priority, delayMs: number): void {
    this.#shedUntilMs[priority] = Math.max(this.#shedUntilMs[priority], this.#nowMs() + delayMs);
  }

  /** Opens it, unless it was closed by order. */
  openBackoff(): void {
    if (!this.isOrdered()) this.#untilMs = 0;
  }

  state(): GateState {
    return {
      savedAtMs: this.#parts.clock.nowMs(),
      leftMs: Math.max(0, this.#untilMs - this.#nowMs()),
      isOrder: this.isOrdered(),
      failures: this.failures,
    };
  }

  /** Takes over what an earlier process left; a wall clock that jumped back cannot prolong it. */
  inherit({ savedAtMs, leftMs: oldLeftMs, isOrder, failures }: GateState): void {
    const passedMs = Math.max(0, this.#parts.clock.nowMs() - savedAtMs);
    const leftMs = Math.min(clientLimits.maxRetryAfterMs, oldLeftMs - passedMs);
    if (!(leftMs > 0)) return;
    this.failures = failures;
    this.#close(leftMs, isOrder);
  }

  #close(delayMs: number, isOrder: boolean): void {
    const untilMs = this.#nowMs() + delayMs;
    if (this.isOrdered() && (!isOrder || untilMs <= this.#untilMs)) return;
    this.#untilMs = untilMs;
    this.#isOrder = isOrder;
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}
