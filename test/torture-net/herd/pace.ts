/** The most that happened within any span of so many ms; the times need not be in order. */
export function mostWithin(timesMs: readonly number[], spanMs: number): number {
  const sorted = Float64Array.from(timesMs).sort();
  let from = 0;
  let most = 0;
  for (let to = 0; to < sorted.length; to++) {
    while (sorted[to]! - sorted[from]! >= spanMs) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}
