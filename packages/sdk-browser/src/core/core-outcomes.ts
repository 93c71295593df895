/**
 * What became of this client's own events, and what flush() reports of them.
 *
 * Invariant: an event settles once, so delivered + rejected + dropped + pending = accepted.
 */
import type { FlushReport, OutcomeKind } from '@holdfast/sdk-core/outcomes';
import type { QueueRecord } from '@holdfast/sdk-core/ports';

type Totals = Record<OutcomeKind, number>;

interface Run {
  readonly totals: Totals;
  /** Later events are not its business. */
  readonly lastSeq: number;
  /** Neither settled nor tried since it began. */
  readonly untried: Set<number>;
  finish: () => void;
}

/** Tells this tab and the others what became of rows. */
export type Tell = (
  kind: 'stored' | 'tried' | 'settled',
  rows: readonly QueueRecord[],
  outcome?: OutcomeKind,
) => void;

/** What it takes of an event to tell which one it is. */
interface Numbered {
  readonly queueId: string;
  readonly seq: number;
}

export class CoreOutcomes {
  readonly queueId: string;
  #lastSeq = 0;
  /** Bounded by what the queue may hold. */
  readonly #unsettled = new Set<number>();
  readonly #totals: Totals = { delivered: 0, rejected: 0, dropped: 0 };
  readonly #runs = new Set<Run>();

  constructor(queueId: string) {
    this.queueId = queueId;
  }

  /** The number of a new event. */
  accept(): number {
    this.#unsettled.add(++this.#lastSeq);
    return this.#lastSeq;
  }

  isUnsettled({ seq }: Numbered): boolean {
    return this.#unsettled.has(seq);
  }

  /** Notes that events were tried, and how they ended if they did. Others' are not counted, and
   *  none twice. */
  note(events: readonly Numbered[], outcome?: OutcomeKind): void {
    for (const { queueId, seq } of events) {
      if (queueId !== this.queueId) continue;
      const isEnd = outcome && this.#unsettled.delete(seq);
      if (isEnd) this.#totals[outcome]++;
      for (const { totals, lastSeq, untried } of this.#runs) {
        untried.delete(seq);
        if (isEnd && seq <= lastSeq) totals[outcome]++;
      }
    }
    for (const { untried, finish } of this.#runs) if (untried.size === 0) finish();
  }

  /** Resolves when all accepted so far is settled or tried, or when `begin` calls its argument. */
  async flush(begin: (finish: () => void) => void): Promise<FlushReport> {
    const lastSeq = this.#lastSeq;
    const totals = { ...this.#totals };
    const run = { lastSeq, totals, untried: new Set(this.#unsettled), finish() {} };
    await new Promise<void>((finish) => {
      run.finish = finish;
      this.#runs.add(run);
      begin(finish);
      this.note([]);
    });
    this.#runs.delete(run);
    return { ...totals, pending: [...this.#unsettled].filter((seq) => seq <= lastSeq).length };
  }
}
