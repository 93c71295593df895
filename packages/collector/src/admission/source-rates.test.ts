import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { FakeClock } from '../../../server-core/test/support/fake-clock.js';
import { shop } from '../../test/support/start-collector.js';
import { SourceRates } from './source-rates.js';

const limited = { ...shop, maxEventsPerSecond: 1_000 };

function rates() {
  const clock = new FakeClock();
  return { clock, rates: new SourceRates(clock, new SeededRandom(1)) };
}

describe('SourceRates', () => {
  it('never asks a source without a rate to wait', () => {
    const { rates: all } = rates();
    all.take(shop, 1_000_000);
    expect(all.waitMs(shop)).toBe(0);
  });

  it('tells the only one who waits exactly when there is room again', () => {
    const { clock, rates: all } = rates();
    all.take(limited, 5_000);
    expect(all.waitMs(limited)).toBeCloseTo(3_001, 0);
    clock.advance(3_001);
    expect(all.waitMs(limited)).toBe(0);
  });

  it('calls the clients of a source back at a fixed share of the pace that it may have', () => {
    const { clock, rates: all } = rates();
    const due = Array<number>(2_000).fill(0);
    due[0] = 1_000;
    const returns: number[] = [];
    all.take(limited, 2_000);
    for (let second = 0; second < 300; second++) {
      // Others take all that may be sent, in batches of ten: a hundred a second.
      for (let n = 0; n < 100; n++) all.take(limited, 10);
      returns.push(due[second]!);
      for (let n = 0; n < returns[second]!; n++) {
        const waitMs = all.waitMs(limited);
        expect(waitMs).toBeGreaterThan(0);
        due[second + Math.ceil(waitMs / 1_000)]!++;
      }
      clock.advance(1_000);
    }
    const perSecond = returns.slice(100).reduce((sum, n) => sum + n, 0) / 200;
    expect(perSecond).toBeGreaterThan(7);
    expect(perSecond).toBeLessThan(20);
  });
});
