import type { Clock } from '@holdfast/server-core/ports';
import { loadLimits } from '../limits.js';

/**
 * How long a write that begins now will take: what is under way, at the pace of the last seconds.
 *
 * How long the last writes took would tell it too late: in a queue of four seconds that number
 * falls when the queue is empty, so everybody would be sent away until the sink idles.
 *
 * Two things the pace does not know. A sink that hangs finishes nothing: then it is how long. And a
 * sink that takes all that waits in one go has no queue, whatever its pace with less to do: so
 * nobody is told more than `maxSinkForecast` times what the oldest write has waited.
 */
export class SinkLatency {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** Writes under way, oldest first: a Set keeps the order. */
  readonly #underWay = new Set<{ readonly startedMs: number }>();
  /** Writes that ended, and time with some under way; both fade with that time. */
  #finished = 0;
  #busyMs = 0;
  #countedAtMs = 0;
  #finishedAtMs = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  get latencyMs(): number {
    const [oldest] = this.#underWay;
    if (oldest === undefined) return 0;
    const nowMs = this.#clock.monotonicMs();
    this.#count(nowMs);
    const stalledMs = nowMs - Math.max(oldest.startedMs, this.#finishedAtMs);
    if (this.#finished === 0) return stalledMs;
    const expectedMs = (this.#underWay.size * this.#busyMs) / this.#finished;
    const ageMs = nowMs - oldest.startedMs;
    return Math.max(stalledMs, Math.min(expectedMs, loadLimits.maxSinkForecast * ageMs));
  }

  async measure<Result>(write: () => Promise<Result>): Promise<Result> {
    this.#count(this.#clock.monotonicMs());
    const entry = { startedMs: this.#countedAtMs };
    this.#underWay.add(entry);
    try {
      return await write();
    } finally {
      this.#count(this.#clock.monotonicMs());
      this.#finishedAtMs = this.#countedAtMs;
      this.#finished++;
      this.#underWay.delete(entry);
    }
  }

  #count(nowMs: number): void {
    const passedMs = nowMs - this.#countedAtMs;
    this.#countedAtMs = nowMs;
    if (this.#underWay.size === 0) return;
    const kept = Math.exp(-passedMs / loadLimits.sinkPaceMemoryMs);
    this.#finished *= kept;
    this.#busyMs = this.#busyMs * kept + passedMs;
  }
}
