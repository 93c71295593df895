import { rateLimits } from '../limits.js';
import type { Clock } from '../ports.js';
import type { SourceRecord } from '../source-records.js';
import { TokenBucket } from './token-bucket.js';

interface Rate {
  readonly perSecond: number;
  readonly bucket: TokenBucket;
}

/** The rate of each source that has one; there are as many as sources. */
export class SourceRates {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #rates = new Map<string, Rate>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** How long a source has to wait, ms; 0: not at all. */
  waitMs(record: SourceRecord): number {
    return this.#bucketOf(record)?.waitMs(this.#clock.monotonicMs()) ?? 0;
  }

  take(record: SourceRecord, eventCount: number): void {
    this.#bucketOf(record)?.take(eventCount, this.#clock.monotonicMs());
  }

  #bucketOf({ source, maxEventsPerSecond: perSecond }: SourceRecord): TokenBucket | undefined {
    if (perSecond === undefined) {
      this.#rates.delete(source);
      return undefined;
    }
    const known = this.#rates.get(source);
    if (known?.perSecond === perSecond) return known.bucket;
    const burst = Math.max(perSecond * rateLimits.burstSeconds, rateLimits.minBurstEvents);
    const bucket = new TokenBucket(perSecond, burst, this.#clock.monotonicMs());
    this.#rates.set(source, { perSecond, bucket });
    return bucket;
  }
}
