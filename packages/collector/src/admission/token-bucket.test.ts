import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

describe('TokenBucket', () => {
  it('takes a burst at once, then the rate', () => {
    const bucket = new TokenBucket(10, 20, 0);
    for (let i = 0; i < 20; i++) {
      expect(bucket.waitMs(0)).toBe(0);
      bucket.take(1, 0);
    }
    expect(bucket.waitMs(0)).toBe(100);
    expect(bucket.waitMs(50)).toBe(50);
    expect(bucket.waitMs(101)).toBe(0);
  });

  it('lets one batch overdraw it, and waits until that is paid', () => {
    const bucket = new TokenBucket(10, 20, 0);
    bucket.take(500, 0);
    expect(bucket.waitMs(0)).toBe(48_100);
    expect(bucket.waitMs(48_000)).toBeGreaterThan(0);
    expect(bucket.waitMs(48_101)).toBe(0);
  });

  it('never saves more than a burst', () => {
    const bucket = new TokenBucket(10, 20, 0);
    bucket.take(20, 3_600_000);
    expect(bucket.waitMs(3_600_000)).toBeGreaterThan(0);
  });

  it('keeps its rate on average, whatever the batches', () => {
    const bucket = new TokenBucket(1_000, 2_000, 0);
    let taken = 0;
    for (let nowMs = 0; nowMs < 100_000; nowMs += 7) {
      if (bucket.waitMs(nowMs) > 0) continue;
      const count = 1 + (nowMs % 500);
      bucket.take(count, nowMs);
      taken += count;
    }
    expect(taken).toBeGreaterThan(100_000);
    expect(taken).toBeLessThan(100_000 + 2_000 + 500);
  });
});
