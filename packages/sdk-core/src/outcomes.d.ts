/**
 * What became of this client's own events, and what flush() reports of them.
 *
 * Invariant: an event settles once, so delivered + rejected + dropped + pending = accepted. A run
 * counts the events with seq ≤ its `lastSeq`; everything that settled before it began is of these.
 */
/** What flush() and shutdown() resolve with: this client's events that were accepted before. */
export interface FlushReport {
  /** The collector has them. */
  readonly delivered: number;
  /** Refused for good by the collector; kept as dead letters. */
  readonly rejected: number;
  /** Still in the queue: they go on being tried, also by the next process. */
  readonly pending: number;
  /** Given up by the client: see the `dropped` diagnostic for the reasons. */
  readonly dropped: number;
}
export type OutcomeKind = 'delivered' | 'rejected' | 'dropped';
type Totals = Record<OutcomeKind, number>;
export declare class FlushRun {
  #private;
  /** All it waits for is settled or tried. */
  readonly finished: Promise<void>;
  /** Nobody waits for it any more. */
  readonly ended: Promise<void>;
  constructor(lastSeq: number, totals: Totals);
  enter(): void;
  /** True when the last caller has left. */
  leave(): boolean;
  get lastSeq(): number;
  /** Takes in what was accepted since; before the run's first attempt. */
  extend(lastSeq: number, totals: Totals): void;
  settled(seq: number, kind: OutcomeKind): void;
  tried(seq: number): void;
  /** Ends the run when all it waits for is settled or tried. */
  check(): void;
  report(): FlushReport;
}
export declare class Outcomes {
  readonly queueId: string;
  /** The number of the event that was accepted last. */
  lastSeq: number;
  readonly totals: Totals;
  readonly runs: Set<FlushRun>;
  constructor(queueId: string);
  /** Notes how an event ended. Events of other queues and reports (seq 0) are not counted. */
  settled(queueId: string, seq: number, kind: OutcomeKind): void;
  /** Notes that an attempt to send these ended without a verdict. */
  tried(
    records: readonly {
      readonly queueId: string;
      readonly seq: number;
    }[],
  ): void;
}
