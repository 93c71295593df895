/** An event that the collector refused for good. */
export interface DeadLetter {
  readonly code: string;
  readonly detail: string | undefined;
  /** When it was refused, by the client's clock. */
  readonly deadAtMs: number;
  /** The event's JSON, as it was queued. */
  readonly eventJson: string;
}
