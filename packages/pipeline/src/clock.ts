/** Time as the tiers behind the collector need it. */
export interface Clock {
  /** Wall clock, ms since the epoch; it may jump. */
  nowMs(): number;
  /** Calls back once after `delayMs`; returns what cancels it. */
  schedule(delayMs: number, callback: () => void): () => void;
}
