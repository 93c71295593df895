import { describe, expect, it } from 'vitest';
import { backoffMs, jitteredBackoffMs } from './backoff.js';

const range = { minMs: 250, maxMs: 5_000 };

describe('a wait before the next attempt', () => {
  it('doubles with each failure up to its maximum, and stays there', () => {
    const waits = [0, 1, 2, 3, 4, 5, 10_000].map((failures) => backoffMs(failures, range));
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it('is by half a matter of chance where others failed at the same time', () => {
    const draw = (fraction: number) => jitteredBackoffMs(1, range, { fraction: () => fraction });
    expect([draw(0), draw(0.5)]).toEqual([250, 375]);
    expect(draw(0.999)).toBeLessThan(500);
  });
});
