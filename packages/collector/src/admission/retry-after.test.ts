import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { FakeClock } from '../../../server-core/test/support/fake-clock.js';
import { collectorLimits } from '../limits.js';
import { defaultRetryAfterRange, RetryAfter } from './retry-after.js';

const { minReturnsPerSecond, maxReturnSpreadMs, returnShare } = collectorLimits;

function drawing() {
  const clock = new FakeClock();
  const random = new SeededRandom(1);
  const range = defaultRetryAfterRange;
  const retryAfter = new RetryAfter({ clock, random, range, minReturnsPerSecond });
  const draw = (count: number) => Array.from({ length: count }, () => retryAfter.drawMs());
  return { clock, retryAfter, draw };
}

/** So many clients that are refused whenever they come back: how many do in each second. */
function returnsOf(clients: number, seconds: number, takenPerSecond: number): number[] {
  const { clock, retryAfter } = drawing();
  const due = new Map<number, number>([[0, clients]]);
  const returns: number[] = [];
  for (let second = 0; second < seconds; second++) {
    for (let n = 0; n < takenPerSecond; n++) retryAfter.countTaken();
    returns.push(due.get(second) ?? 0);
    for (let n = 0; n < returns[second]!; n++) {
      const backAt = Math.ceil(second + retryAfter.drawMs() / 1_000);
      due.set(backAt, (due.get(backAt) ?? 0) + 1);
    }
    clock.advance(1_000);
  }
  return returns;
}

const mean = (values: readonly number[]) => values.reduce((sum, n) => sum + n, 0) / values.length;

describe('RetryAfter', () => {
  it('sends few away for 5 to 60 s', () => {
    const waits = drawing().draw(1_000);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5_000);
    expect(Math.min(...waits)).toBeLessThan(6_000);
    expect(Math.max(...waits)).toBeLessThan(60_000);
    expect(Math.max(...waits)).toBeGreaterThan(59_000);
  });

  it('adds the wait to what is pointless to wait less', () => {
    const wait = drawing().retryAfter.drawMs(30_000);
    expect(wait).toBeGreaterThanOrEqual(30_000);
    expect(wait).toBeLessThan(85_000);
  });

  it('calls a hundred back a second while nothing is taken', () => {
    const returns = returnsOf(10_000, 600, 0).slice(300);
    expect(mean(returns)).toBeGreaterThan(0.9 * minReturnsPerSecond);
    expect(mean(returns)).toBeLessThan(1.05 * minReturnsPerSecond);
    expect(Math.max(...returns)).toBeLessThan(1.5 * minReturnsPerSecond);
  });

  it('calls many back at a fixed share of the pace at which requests are taken', () => {
    const returns = returnsOf(20_000, 600, 1_000).slice(300);
    expect(mean(returns)).toBeGreaterThan(0.9 * returnShare * 1_000);
    expect(mean(returns)).toBeLessThan(1.05 * returnShare * 1_000);
    expect(Math.max(...returns)).toBeLessThan(1.5 * returnShare * 1_000);
  });

  it('spreads nobody over more than ten minutes', () => {
    const waits = drawing().draw(100_000);
    expect(Math.max(...waits)).toBeLessThan(defaultRetryAfterRange.minMs + maxReturnSpreadMs);
    expect(Math.max(...waits)).toBeGreaterThan(0.99 * maxReturnSpreadMs);
  });

  it('forgets those whose time has come', () => {
    const { clock, draw } = drawing();
    draw(100_000);
    clock.advance(defaultRetryAfterRange.minMs + maxReturnSpreadMs + 1_000);
    expect(Math.max(...draw(1_000))).toBeLessThan(60_000);
  });
});
