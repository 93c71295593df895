/** The browser's wall clock, ms since the epoch. */
export function nowMs(): number {
  return Date.now();
}
