/** The browser's wall clock, ms since the epoch. */
export function nowMs(): number {
  return Date.now();
}

/** Ms since some moment; never goes back. */
export function monotonicMs(): number {
  return performance.now();
}
