/** How long to wait before the next attempt. */
import type { Random } from './ports.js';

interface BackoffRange {
  readonly minMs: number;
  readonly maxMs: number;
}

/** `minMs` after the first failure, doubled by each further one up to `maxMs`; `failures` are those
 *  before it, from 0. */
export function backoffMs(failures: number, { minMs, maxMs }: BackoffRange): number {
  return Math.min(maxMs, minMs * 2 ** Math.min(failures, 30));
}

/** The same, but half of it is chance, so that those who failed together do not try again
 *  together. */
export function jitteredBackoffMs(
  failures: number,
  range: BackoffRange,
  random: Pick<Random, 'fraction'>,
): number {
  return backoffMs(failures, range) * (0.5 + random.fraction() / 2);
}
