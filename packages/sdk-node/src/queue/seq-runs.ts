/**
 * Which numbers the records of a segment have, so that those which cannot be read back can be told
 * by number: as runs, for in a segment the numbers of one client nearly always follow each other.
 *
 * Invariant: what it tells is noted, or stands between two noted records of one queue of which the
 * second's number is as much higher as its ordinal. Where a run is broken it tells nothing.
 *
 * Limits: `maxSeqRuns` in a segment, beyond which nothing more is noted; `maxReportedSeqs`.
 */
import { nodeLimits } from '../limits.js';

/** Events of one queue, by number. */
export interface QueueSeqs {
  readonly queueId: string;
  readonly seqs: readonly number[];
}

interface Run {
  readonly queueId: string;
  /** The number of its first record. */
  readonly seq: number;
  readonly first: number;
  last: number;
}

export class SeqRuns {
  readonly #runs: Run[] = [];

  /** Ordinals are noted in their order. */
  note(
    ordinal: number,
    { queueId, seq }: { readonly queueId: string; readonly seq: number },
  ): void {
    const run = this.#runs.at(-1);
    if (run && run.queueId === queueId && seq - run.seq === ordinal - run.first) run.last = ordinal;
    else if (this.#runs.length < nodeLimits.maxSeqRuns) {
      this.#runs.push({ queueId, seq, first: ordinal, last: ordinal });
    }
  }

  /** The numbers of these records as far as they are known, in lists that fit into a report each.
   *  Reports have none. */
  find(ordinals: readonly number[]): QueueSeqs[] {
    const found: { readonly queueId: string; readonly seqs: number[] }[] = [];
    for (const ordinal of ordinals) {
      const run = this.#runs.find(({ first, last }) => first <= ordinal && ordinal <= last);
      if (!run) continue;
      const seq = run.seq + ordinal - run.first;
      if (seq < 1) continue;
      const list = found.at(-1);
      const fits = list?.queueId === run.queueId && list.seqs.length < nodeLimits.maxReportedSeqs;
      if (fits) list.seqs.push(seq);
      else found.push({ queueId: run.queueId, seqs: [seq] });
    }
    return found;
  }
}
