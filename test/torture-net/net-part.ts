/** What a part of `npm run torture:net` came to for one seed. */
export interface NetPart {
  readonly part: 'wire' | 'herd';
  readonly seed: number;
  /** For the JSON line. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** For people. */
  readonly lines: readonly string[];
  readonly failures: readonly string[];
}
