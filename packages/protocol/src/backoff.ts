/**
 * How long to wait after failures, everywhere: doubled with each one up to a cap, and spread by
 * chance so that those who failed together do not come back together. `failures` counts from 0;
 * `fraction` is uniform in [0, 1).
 */

/** Full jitter: uniform in [0, min(cap, base × 2^failures)). A fraction of 1 leaves chance out. */
export function backoffDelayMs(
  failures: number,
  fraction: number,
  baseMs: number,
  capMs: number,
): number {
  return fraction * Math.min(capMs, baseMs * 2 ** Math.min(failures, 30));
}

/** Half of it is chance: for what must get its rest and is waited for, such as a disk or a
 *  partition. */
export function restedBackoffDelayMs(
  failures: number,
  fraction: number,
  baseMs: number,
  capMs: number,
): number {
  return backoffDelayMs(failures, 0.5 + fraction / 2, baseMs, capMs);
}
