import type { Clock } from '@holdfast/server-core/ports';
import { loadLimits } from '../limits.js';

/** Weight of the newest sample in the average. */
const newestWeight = 0.2;

/**
 * How late the event loop is on average over the last second or so. One stall, however long, is no
 * overload and stays below what is shed for; a loop that is late again and again is.
 */
export class LoopDelay {
  readonly #clock: Clock;
  /** To be read alone: the average, ms. */
  delayMs = 0;
  #dueAtMs = 0;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(): void {
    this.#dueAtMs = this.#clock.monotonicMs() + loadLimits.loopSampleMs;
    this.#cancel = this.#clock.schedule(loadLimits.loopSampleMs, () => this.#sample());
  }

  stop(): void {
    this.#cancel();
  }

  #sample(): void {
    const lateMs = Math.max(0, this.#clock.monotonicMs() - this.#dueAtMs);
    const counted = Math.min(lateMs, loadLimits.maxCountedStallMs);
    this.delayMs += (counted - this.delayMs) * newestWeight;
    this.start();
  }
}
