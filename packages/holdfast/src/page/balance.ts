/**
 * The page's ledger: tracked = counted + pending + rejected + dropped.
 *
 * Each term comes from the one who knows it: tracked and dropped from this browser's own counts,
 * pending from the rows of its queue, counted and rejected from the server. Nothing is found by
 * subtraction, or the sum could not be wrong.
 *
 * A sample is taken in this order: own counts, rows, ledger. So an event that left the rows before
 * they were read is in the ledger that was asked for later, and one that is in both was delivered
 * meanwhile: its row does not count as pending.
 */
import type { Ledger, QueueLedger } from '@holdfast/storage/query/answers';

/** What this browser counted in one queue. */
export interface OwnCounts {
  readonly tracked: number;
  readonly dropped: number;
}

/** A row of the browser's queue. */
export interface PendingRow {
  readonly queueId: string;
  readonly seq: number;
}

export interface Balance {
  readonly tracked: number;
  readonly counted: number;
  readonly pending: number;
  readonly rejected: number;
  readonly dropped: number;
  /** tracked less all the others. */
  readonly difference: number;
  /** Queues of which the server has seen more than this browser counted, left out of the sums:
   *  events were tracked while the sample was taken, or a crash took the browser's own count. */
  readonly outrun: readonly string[];
}

/** The balance of a sample. */
export function balance(
  own: ReadonlyMap<string, OwnCounts>,
  rows: readonly PendingRow[],
  ledger: Pick<Ledger, 'queues'>,
): Balance {
  const sum = { tracked: 0, counted: 0, pending: 0, rejected: 0, dropped: 0 };
  const outrun: string[] = [];
  const byId = new Map(ledger.queues.map((queue) => [queue.queueId, queue]));
  for (const [queueId, counts] of own) {
    const queue = byId.get(queueId);
    if (queue && queue.highestSeq > counts.tracked) {
      outrun.push(queueId);
      continue;
    }
    sum.tracked += counts.tracked;
    sum.dropped += counts.dropped;
    sum.counted += queue?.counted ?? 0;
    sum.rejected += queue?.rejected ?? 0;
    const isPending = (row: PendingRow) =>
      row.queueId === queueId && row.seq <= counts.tracked && !isSettled(queue, row.seq);
    sum.pending += rows.filter(isPending).length;
  }
  const { tracked, counted, pending, rejected, dropped } = sum;
  return { ...sum, difference: tracked - counted - pending - rejected - dropped, outrun };
}

/** Whether the server has counted or refused this number. */
function isSettled(queue: QueueLedger | undefined, seq: number): boolean {
  if (queue === undefined || seq > queue.highestSeq) return false;
  return !queue.gaps.some(([first, last]) => first <= seq && seq <= last);
}
