/** How a part is run. */
export interface NetRun {
  readonly seed: number;
  readonly isQuick: boolean;
  readonly onProgress: (text: string) => void;
  /** The herd that is run alone, by its name. */
  readonly herd?: string | undefined;
}

/** What a part of `npm run torture:net` came to for one seed. */
export interface NetPart {
  readonly part: 'wire' | 'herd';
  readonly seed: number;
  /** For the JSON line. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** The figures that matter most, in a few words. */
  readonly headline: string;
  /** For people. */
  readonly lines: readonly string[];
  readonly failures: readonly string[];
}
