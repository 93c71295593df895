import type { Clock, Random } from '@holdfast/server-core/ports';
import { collectorLimits } from '../limits.js';

/** The waits that refused clients are sent away with, in ms, as long as they are few. */
export interface RetryAfterRange {
  readonly minMs: number;
  readonly maxMs: number;
}

export const defaultRetryAfterRange: RetryAfterRange = {
  minMs: collectorLimits.retryAfterMinMs,
  maxMs: collectorLimits.retryAfterMaxMs,
};

export interface RetryAfterParts {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly random: Pick<Random, 'fraction'>;
  readonly range: RetryAfterRange;
  /** They come back at this pace at least: while nothing is taken there is no other measure. */
  readonly minReturnsPerSecond: number;
}

const { takenPaceMemoryMs } = collectorLimits;

/**
 * When those who are refused shall come back.
 *
 * From a fixed range 10,000 clients come back at hundreds a second, whatever can be taken, and most
 * of them are refused again. So the more are away, the wider they are spread: they come back at
 * `returnShare` of the pace at which requests are taken.
 *
 * Invariant: `#away` counts those who were sent away and are not due back yet: the sum of `#due`.
 */
export class RetryAfter {
  readonly #parts: RetryAfterParts;
  /** How many are due back, by second. */
  readonly #due = new Map<number, number>();
  #away = 0;
  #takenPerSecond = 0;
  #atMs: number;

  constructor(parts: RetryAfterParts) {
    this.#parts = parts;
    this.#atMs = parts.clock.monotonicMs();
  }

  /** A request was taken. */
  countTaken(): void {
    this.#pass();
    this.#takenPerSecond += 1_000 / takenPaceMemoryMs;
  }

  /** A wait in ms for somebody who is refused, on top of what is pointless to wait less. */
  drawMs(atLeastMs = 0): number {
    this.#pass();
    const { random, range } = this.#parts;
    const waitMs = Math.max(atLeastMs, range.minMs) + random.fraction() * this.#spreadMs();
    const second = Math.ceil((this.#atMs + waitMs) / 1_000);
    this.#due.set(second, (this.#due.get(second) ?? 0) + 1);
    this.#away++;
    return waitMs;
  }

  #spreadMs(): number {
    const { range, minReturnsPerSecond } = this.#parts;
    const share = collectorLimits.returnShare * this.#takenPerSecond;
    const meanMs = (this.#away / Math.max(minReturnsPerSecond, share)) * 1_000;
    const spreadMs = Math.min(2 * meanMs, collectorLimits.maxReturnSpreadMs);
    return Math.max(range.maxMs - range.minMs, spreadMs);
  }

  #pass(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const second = Math.floor(nowMs / 1_000);
    if (second > Math.floor(this.#atMs / 1_000)) this.#forgetDue(second);
    this.#takenPerSecond *= Math.exp((this.#atMs - nowMs) / takenPaceMemoryMs);
    this.#atMs = nowMs;
  }

  #forgetDue(untilSecond: number): void {
    for (const [second, count] of this.#due) {
      if (second > untilSecond) continue;
      this.#due.delete(second);
      this.#away -= count;
    }
  }
}
