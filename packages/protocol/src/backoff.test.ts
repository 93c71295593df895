import { describe, expect, it } from 'vitest';
import { backoffDelayMs, restedBackoffDelayMs } from './backoff.js';

describe('a backoff', () => {
  it('doubles with each failure up to its cap', () => {
    const delays = [0, 1, 2, 3, 4].map((failures) => backoffDelayMs(failures, 1, 100, 1_000));
    expect(delays).toEqual([100, 200, 400, 800, 1_000]);
    expect(backoffDelayMs(1_000_000, 1, 100, 1_000)).toBe(1_000);
  });

  it('is spread over the whole of it by full jitter, and over its upper half by the other', () => {
    expect([0, 0.5, 0.99].map((fraction) => backoffDelayMs(1, fraction, 100, 1_000))).toEqual([
      0, 100, 198,
    ]);
    expect([0, 0.5, 1].map((fraction) => restedBackoffDelayMs(1, fraction, 100, 1_000))).toEqual([
      100, 150, 200,
    ]);
  });
});
