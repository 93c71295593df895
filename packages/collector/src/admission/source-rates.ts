import type { Clock, Random } from '@holdfast/server-core/ports';
import { rateLimits } from '../limits.js';
import type { SourceRecord } from '../sources/source-record.js';
import { RetryAfter } from './retry-after.js';
import { TokenBucket } from './token-bucket.js';

interface Rate {
  readonly perSecond: number;
  readonly bucket: TokenBucket;
  readonly retryAfter: RetryAfter;
}

/** The rate of each source that has one; there are as many as sources. */
export class SourceRates {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #random: Pick<Random, 'fraction'>;
  readonly #rates = new Map<string, Rate>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, random: Pick<Random, 'fraction'>) {
    this.#clock = clock;
    this.#random = random;
  }

  /** How long a source's client has to wait, ms; 0: not at all. The bucket alone would call all of
   *  them back for the same event's worth: the more wait, the wider they are spread. */
  waitMs(record: SourceRecord): number {
    const rate = this.#rateOf(record);
    const waitMs = rate?.bucket.waitMs(this.#clock.monotonicMs()) ?? 0;
    return rate === undefined || waitMs === 0 ? 0 : rate.retryAfter.drawMs(waitMs);
  }

  take(record: SourceRecord, eventCount: number): void {
    const rate = this.#rateOf(record);
    rate?.bucket.take(eventCount, this.#clock.monotonicMs());
    rate?.retryAfter.countTaken();
  }

  #rateOf({ source, maxEventsPerSecond: perSecond }: SourceRecord): Rate | undefined {
    if (perSecond === undefined) {
      this.#rates.delete(source);
      return undefined;
    }
    const known = this.#rates.get(source);
    if (known?.perSecond === perSecond) return known;
    const rate = this.#newRate(perSecond);
    this.#rates.set(source, rate);
    return rate;
  }

  #newRate(perSecond: number): Rate {
    const { burstSeconds, minBurstEvents, minReturnsPerSecond } = rateLimits;
    const burst = Math.max(perSecond * burstSeconds, minBurstEvents);
    const clock = this.#clock;
    const bucket = new TokenBucket(perSecond, burst, clock.monotonicMs());
    const range = { minMs: 0, maxMs: 0 };
    const parts = { clock, random: this.#random, range, minReturnsPerSecond };
    return { perSecond, bucket, retryAfter: new RetryAfter(parts) };
  }
}
