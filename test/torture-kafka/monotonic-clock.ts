/** Ms since the machine started: one clock for all processes on it, so that it orders their acts. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
