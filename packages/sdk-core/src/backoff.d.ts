/** A full-jitter wait: uniform in [0, min(cap, base × 2^failures)). `failures` counts from 0. */
export declare function backoffDelayMs(
  failures: number,
  fraction: number,
  baseMs: number,
  capMs: number,
): number;
