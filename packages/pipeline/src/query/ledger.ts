/**
 * The ledger: tracked = counted + rejected + dropped + missing, by queue.
 *
 * A client numbers a queue's events 1, 2, 3 …, so what was tracked is at least the highest number
 * seen, and each number that is neither counted nor rejected was dropped by the client or has not
 * arrived. Reports say how many were dropped, not which: absolute counts by reporter, of which the
 * highest is the latest. `missing` is what is left: pending at the client, or lost.
 */
import { type DuckDBValue, listValue } from '@duckdb/node-api';
import type { Ledger, QueueLedger } from '../answers.js';
import { pipelineLimits } from '../limits.js';
import type { Row, RunQuery } from './database.js';

export interface LedgerRequest {
  /** Only these queues; all if left out. */
  readonly queueIds?: readonly string[] | undefined;
}

/** A row for each number that was counted or else refused, and for each reason of drops. */
const facts = `
  counted AS (
    SELECT source, queue_id, queue_seq, max(received_at) AS received_at FROM events
    WHERE queue_seq IS NOT NULL AND ($all OR queue_id IN (SELECT unnest($ids)))
    GROUP BY ALL),
  refused AS (
    SELECT source, queue_id, queue_seq, max(received_at) AS received_at FROM rejections
    WHERE queue_seq IS NOT NULL AND ($all OR queue_id IN (SELECT unnest($ids)))
      AND (source, queue_id, queue_seq) NOT IN (SELECT (source, queue_id, queue_seq) FROM counted)
    GROUP BY ALL),
  reported AS (
    SELECT source, queue_id, reporter, received_at,
      unnest(map_entries(dropped::JSON::MAP(VARCHAR, BIGINT))) AS entry FROM events
    WHERE type = 'report' AND queue_id IS NOT NULL
      AND ($all OR queue_id IN (SELECT unnest($ids)))),
  latest AS (
    SELECT source, queue_id, reporter, entry.key AS reason, max(entry.value) AS count,
      max(received_at) AS received_at FROM reported GROUP BY ALL),
  drops AS (
    SELECT source, queue_id, reason, sum(count) AS count, max(received_at) AS received_at
    FROM latest GROUP BY ALL)`;

const queuesSql = `
  WITH ${facts},
  parts AS (
    SELECT source, queue_id, count(*) AS counted, 0 AS rejected, 0 AS dropped,
      max(queue_seq) AS highest, max(received_at) AS received_at FROM counted GROUP BY ALL
    UNION ALL
    SELECT source, queue_id, 0, count(*), 0, max(queue_seq), max(received_at)
    FROM refused GROUP BY ALL
    UNION ALL
    SELECT source, queue_id, 0, 0, sum(count), 0, max(received_at) FROM drops GROUP BY ALL),
  queues AS (
    SELECT source, queue_id, sum(counted) AS counted, sum(rejected) AS rejected,
      sum(dropped) AS dropped, max(highest) AS highest,
      greatest(max(highest), sum(counted + rejected + dropped)) AS tracked,
      max(received_at) AS received_at FROM parts GROUP BY ALL)
  SELECT *, epoch_ms(received_at) AS received_ms, count(*) OVER () AS all_queues,
    sum(tracked) OVER () AS all_tracked, sum(counted) OVER () AS all_counted,
    sum(rejected) OVER () AS all_rejected, sum(dropped) OVER () AS all_dropped
  FROM queues ORDER BY queues.received_at DESC, queue_id LIMIT ${pipelineLimits.ledgerQueues}`;

const dropsSql = `WITH ${facts} SELECT source, queue_id, reason, count FROM drops`;

/** The number 0 stands before each queue's first, so that a gap at its beginning shows. */
const gapsSql = `
  WITH ${facts},
  known AS (
    SELECT source, queue_id, queue_seq FROM counted
    UNION ALL SELECT source, queue_id, queue_seq FROM refused
    UNION ALL SELECT DISTINCT source, queue_id, 0 FROM counted
    UNION SELECT DISTINCT source, queue_id, 0 FROM refused),
  steps AS (
    SELECT *, lead(queue_seq) OVER (PARTITION BY source, queue_id ORDER BY queue_seq) AS next_seq
    FROM known)
  SELECT source, queue_id, queue_seq + 1 AS first, next_seq - 1 AS last, count(*) OVER () AS all_gaps
  FROM steps WHERE next_seq > queue_seq + 1
  ORDER BY source, queue_id, first LIMIT ${pipelineLimits.ledgerRanges}`;

const othersSql = `
  SELECT
    (SELECT count(*) FROM events WHERE queue_id IS NULL AND type <> 'report') AS counted,
    (SELECT count(*) FROM rejections WHERE queue_id IS NULL) AS rejected,
    archived_copies() + (SELECT count(*) FROM event_copies) - (SELECT count(*) FROM events)
      AS copies`;

/** What became of the events of each queue. */
export async function ledger(query: RunQuery, request: LedgerRequest): Promise<Ledger> {
  const queueRows = await query(queuesSql, asked(request.queueIds));
  const shown = asked(queueRows.map((row) => String(row.queue_id)));
  const drops = await query(dropsSql, shown);
  const gaps = await query(gapsSql, shown);
  const [others] = await query(othersSql);
  const first = queueRows[0];
  return {
    queues: queueRows.map((row) => queueLedger(row, drops, gaps)),
    omittedQueues: Number(first?.all_queues ?? 0) - queueRows.length,
    omittedGaps: Number(gaps[0]?.all_gaps ?? 0) - gaps.length,
    totals: counts(first?.all_tracked, first?.all_counted, first?.all_rejected, first?.all_dropped),
    withoutQueue: { counted: Number(others?.counted), rejected: Number(others?.rejected) },
    storedCopies: Number(others?.copies),
  };
}

function asked(queueIds: readonly string[] | undefined): Record<string, DuckDBValue> {
  // No queue has the empty id; a list without members would have no type.
  return { all: queueIds === undefined, ids: listValue(['', ...(queueIds ?? [])]) };
}

function queueLedger(row: Row, drops: readonly Row[], gaps: readonly Row[]): QueueLedger {
  const isOfQueue = (other: Row) => other.source === row.source && other.queue_id === row.queue_id;
  const reasons = drops.filter(isOfQueue).map((drop) => [drop.reason, Number(drop.count)] as const);
  return {
    source: String(row.source),
    queueId: String(row.queue_id),
    ...counts(row.tracked, row.counted, row.rejected, row.dropped),
    highestSeq: Number(row.highest),
    droppedBy: Object.fromEntries(reasons),
    gaps: gaps.filter(isOfQueue).map((gap) => [Number(gap.first), Number(gap.last)] as const),
    lastReceivedAt: new Date(Number(row.received_ms)).toISOString(),
  };
}

function counts(tracked: unknown, counted: unknown, rejected: unknown, dropped: unknown) {
  const all = {
    tracked: Number(tracked ?? 0),
    counted: Number(counted ?? 0),
    rejected: Number(rejected ?? 0),
    dropped: Number(dropped ?? 0),
  };
  return { ...all, missing: all.tracked - all.counted - all.rejected - all.dropped };
}
