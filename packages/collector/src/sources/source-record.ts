/** What is known of a tenant; write keys are public names for it and may be rotated. */
export interface SourceRecord {
  /** 1–64 characters of `[A-Za-z0-9._-]`. */
  readonly source: string;
  readonly writeKeys: readonly string[];
  /** Pages that may send; empty: all. */
  readonly origins: readonly string[];
  /** Whether its batches may claim the priority `critical`: a public key is in all hands. */
  readonly allowsCritical: boolean;
  /** Events a second, on average; undefined: no limit. */
  readonly maxEventsPerSecond?: number | undefined;
}
