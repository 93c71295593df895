import { collectorLimits } from '../limits.js';
import type { Random } from '../ports.js';

/** The waits that refused clients are sent away with, in ms. */
export interface RetryAfterRange {
  readonly minMs: number;
  readonly maxMs: number;
}

export const defaultRetryAfterRange: RetryAfterRange = {
  minMs: collectorLimits.retryAfterMinMs,
  maxMs: collectorLimits.retryAfterMaxMs,
};

/** A wait drawn from the range, on top of what is known to be pointless to wait less. */
export function randomRetryAfterMs(range: RetryAfterRange, random: Random, atLeastMs = 0): number {
  const { minMs, maxMs } = range;
  return Math.max(atLeastMs, minMs) + random.fraction() * (maxMs - minMs);
}
