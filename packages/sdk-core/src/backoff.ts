/** A full-jitter wait: uniform in [0, min(cap, base × 2^failures)). `failures` counts from 0. */
export function backoffDelayMs(
  failures: number,
  fraction: number,
  baseMs: number,
  capMs: number,
): number {
  return fraction * Math.min(capMs, baseMs * 2 ** Math.min(failures, 30));
}
