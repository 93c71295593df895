import type { Ending, QueueRecord } from './ports.js';

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

export type OutcomeKind = Ending['kind'];

/** An event by its number in its queue. */
export type NumberedEvent = Pick<QueueRecord, 'queueId' | 'seq'>;

type Totals = Record<OutcomeKind, number>;

export class FlushRun {
  /** All it waits for is settled or tried. */
  readonly finished: Promise<void>;
  /** How many wait for it. */
  callers = 0;
  #finish!: () => void;
  #lastSeq: number;
  #totals: Totals;
  readonly #tried = new Set<number>();

  constructor(lastSeq: number, totals: Totals) {
    this.#lastSeq = lastSeq;
    this.#totals = { ...totals };
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Takes in what was accepted since; before the run's first attempt. */
  extend(lastSeq: number, totals: Totals): void {
    this.#lastSeq = lastSeq;
    this.#totals = { ...totals };
  }

  settled(seq: number, kind: OutcomeKind): void {
    if (seq > this.#lastSeq) return;
    this.#totals[kind]++;
    this.#tried.delete(seq);
    this.check();
  }

  tried(seq: number): void {
    if (seq <= this.#lastSeq) this.#tried.add(seq);
  }

  /** Ends the run when all it waits for is settled or tried. */
  check(): void {
    if (this.report().pending <= this.#tried.size) this.#finish();
  }

  report(): FlushReport {
    const { delivered, rejected, dropped } = this.#totals;
    return { ...this.#totals, pending: this.#lastSeq - delivered - rejected - dropped };
  }
}

export class Outcomes {
  readonly queueId: string;
  /** The number of the event that was accepted last. */
  lastSeq = 0;
  readonly totals: Totals = { delivered: 0, rejected: 0, dropped: 0 };
  readonly runs = new Set<FlushRun>();
  readonly #settled = new NumberRanges();

  constructor(queueId: string) {
    this.queueId = queueId;
    // Reports are no events of the app's, so there is nothing to settle.
    this.#settled.add(0);
  }

  /** Notes how events ended. Those of other queues and reports (seq 0) are not counted, and an
   *  event whose end two senders tell of (a robbed one too) is counted once. */
  settled(events: readonly NumberedEvent[], kind: OutcomeKind): void {
    for (const { queueId, seq } of events) {
      if (queueId !== this.queueId || !this.#settled.add(seq)) continue;
      this.totals[kind]++;
      for (const run of this.runs) run.settled(seq, kind);
    }
  }

  /** Counts all events up to `lastSeq` that are not settled as dropped; returns how many. */
  dropRest(lastSeq: number): number {
    const before = this.totals.dropped;
    const { queueId } = this;
    for (let seq = 1; seq <= lastSeq; seq++) this.settled([{ queueId, seq }], 'dropped');
    return this.totals.dropped - before;
  }

  /** Notes that an attempt to send these ended without a verdict. */
  tried(records: readonly NumberedEvent[]): void {
    const own = records.filter(({ queueId, seq }) => {
      // Another request may have had it, too, and have settled it.
      return queueId === this.queueId && !this.#settled.has(seq);
    });
    for (const run of this.runs) {
      for (const { seq } of own) run.tried(seq);
      run.check();
    }
  }
}

/**
 * A set of whole numbers that fills up nearly in order, kept as ranges: its memory grows with the
 * gaps, not with the numbers, so a single event stuck for weeks costs one range.
 */
export class NumberRanges {
  /** Rising: where a range begins, where it has ended, where the next begins … */
  readonly #bounds: number[] = [];

  /** Adds a number; false if it was there. */
  add(number: number): boolean {
    const bounds = this.#bounds;
    const index = this.#indexAfter(number);
    if (index % 2 > 0) return false;
    const isBehind = bounds[index - 1] === number;
    const isBefore = bounds[index] === number + 1;
    // A bound that is met from both sides is none any more.
    if (isBehind && isBefore) bounds.splice(index - 1, 2);
    else if (isBehind) bounds[index - 1]!++;
    else if (isBefore) bounds[index]!--;
    else bounds.splice(index, 0, number, number + 1);
    return true;
  }

  has(number: number): boolean {
    return this.#indexAfter(number) % 2 > 0;
  }

  /** Of the first bound above a number; odd within a range. */
  #indexAfter(number: number): number {
    const bounds = this.#bounds;
    // Halving: an app that samples leaves a gap behind nearly every event.
    let index = 0;
    for (let end = bounds.length; index < end; ) {
      const middle = (index + end) >> 1;
      if (bounds[middle]! > number) end = middle;
      else index = middle + 1;
    }
    return index;
  }
}
