import { loadLimits } from '../limits.js';
import type { Clock } from '../ports.js';

/** Weight of the newest write in the average. */
const newestWeight = 0.2;

/** How long the sinks take: the recent average, or the age of the oldest write under way. */
export class SinkLatency {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** Starts of the writes under way, oldest first: a Set keeps the order. */
  readonly #underWay = new Set<{ readonly startedMs: number }>();
  #averageMs = 0;
  #measuredAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  get latencyMs(): number {
    const nowMs = this.#clock.monotonicMs();
    const [oldest] = this.#underWay;
    const ageMs = oldest === undefined ? 0 : nowMs - oldest.startedMs;
    // Without writes nothing new is measured: an old average would shed for ever.
    const isRecent = nowMs - this.#measuredAtMs <= loadLimits.sinkLatencyMemoryMs;
    return Math.max(ageMs, isRecent ? this.#averageMs : 0);
  }

  async measure<Result>(write: () => Promise<Result>): Promise<Result> {
    const entry = { startedMs: this.#clock.monotonicMs() };
    this.#underWay.add(entry);
    try {
      return await write();
    } finally {
      this.#underWay.delete(entry);
      this.#measuredAtMs = this.#clock.monotonicMs();
      const tookMs = this.#measuredAtMs - entry.startedMs;
      this.#averageMs += (tookMs - this.#averageMs) * newestWeight;
    }
  }
}
