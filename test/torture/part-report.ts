/** What one part of `npm run torture` found: its counts, and a line for each broken invariant. */
export interface PartReport {
  readonly part: string;
  readonly figures: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}
