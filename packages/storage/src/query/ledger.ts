/**
 * The ledger: tracked = counted + copied + rejected + dropped + missing, by queue.
 *
 * A client numbers a queue's events 1, 2, 3 …, so what was tracked is at least the highest number
 * seen or reported, and each number that is neither counted nor rejected was dropped by the
 * client or has not arrived. As a rule reports say how many were dropped, not which: absolute
 * counts by reporter, of which the highest is the latest. What they tell by number is taken for
 * each number once, and not if storage has it: clients may be wrong about the end of an event, or
 * send it again. `missing` is what is left: pending at the client, or lost. Anybody with a public
 * write key can send any number, so a queue with numbers that no queue can have is shown by itself,
 * marked, and adds to totals only what storage has of it.
 */
import type { QueryParameter, Row, RunQuery } from '../duckdb/database.js';
import { storageLimits } from '../limits.js';
import type { Ledger, LedgerCounts, QueueLedger } from './answers.js';

export interface LedgerRequest {
  /** Only these queues; all if left out. */
  readonly queueIds?: readonly string[] | undefined;
}

/** What can become of a number; of several claims the lowest holds. */
const fates = { counted: 0, copied: 1, rejected: 2, dropped: 3 } as const;

/** One pass over all events; whatever is asked is answered from what it leaves. */
const factsSql = `
  CREATE TEMP TABLE facts AS
  SELECT source, queue_id, queue_seq, reporter, dropped, type = 'report' AS is_report, received_at
  FROM events`;

/** What reports tell: counts by reason, and what became of single numbers. */
const toldSql = `
  CREATE TEMP TABLE told AS
  SELECT source, queue_id, reporter, received_at, entry.value AS count,
    string_split(entry.key, '/') AS names
  FROM (
    SELECT *, unnest(map_entries(dropped::JSON::MAP(VARCHAR, BIGINT))) AS entry
    FROM facts WHERE is_report AND queue_id IS NOT NULL)`;

/** Each number of a queue once: one that was refused or given up first and arrived later is
 *  counted, and one that several tell of is told of once. */
const numbersSql = `
  CREATE TEMP TABLE numbers AS
  SELECT source, queue_id, queue_seq, min(fate) AS fate, arg_min(reason, fate) AS reason,
    max(received_at) AS received_at
  FROM (
    SELECT source, queue_id, queue_seq, ${fates.counted} AS fate, '' AS reason, received_at
    FROM facts WHERE NOT is_report
    UNION ALL
    SELECT source, queue_id, queue_seq, ${fates.copied}, '', received_at FROM copied_seqs
    UNION ALL
    SELECT source, queue_id, queue_seq, ${fates.rejected}, code, received_at FROM rejections
    UNION ALL
    SELECT source, queue_id, names[3]::BIGINT,
      if(names[1] = 'rejected', ${fates.rejected}, ${fates.dropped}), names[2], received_at
    FROM told WHERE len(names) = 3)
  WHERE queue_seq IS NOT NULL GROUP BY source, queue_id, queue_seq`;

const reasonsSql = `
  CREATE TEMP TABLE reasons AS
  SELECT source, queue_id, fate, reason, sum(count) AS count, max(received_at) AS received_at
  FROM (
    SELECT source, queue_id, ${fates.dropped} AS fate, names[1] AS reason, max(count) AS count,
      max(received_at) AS received_at
    FROM told WHERE len(names) = 1 GROUP BY source, queue_id, reporter, reason
    UNION ALL
    SELECT source, queue_id, fate, reason, count(*), max(received_at)
    FROM numbers WHERE fate > ${fates.copied} GROUP BY source, queue_id, fate, reason)
  GROUP BY source, queue_id, fate, reason`;

const queuesSql = `
  CREATE TEMP TABLE queues AS
  WITH parts AS (
    SELECT source, queue_id, count(*) FILTER (fate = ${fates.counted}) AS counted,
      count(*) FILTER (fate = ${fates.copied}) AS copied, 0 AS rejected, 0 AS dropped,
      max(queue_seq) AS highest, max(received_at) AS received_at
    FROM numbers GROUP BY source, queue_id
    UNION ALL
    SELECT source, queue_id, 0, 0, sum(if(fate = ${fates.rejected}, count, 0)),
      sum(if(fate = ${fates.dropped}, count, 0)), 0, max(received_at)
    FROM reasons GROUP BY source, queue_id
    UNION ALL
    SELECT source, queue_id, 0, 0, 0, 0, max(queue_seq), max(received_at)
    FROM facts WHERE is_report AND queue_seq IS NOT NULL GROUP BY source, queue_id)
  SELECT source, queue_id, sum(counted) AS counted, sum(copied) AS copied,
    sum(rejected) AS rejected, sum(dropped) AS dropped,
    max(highest) AS highest, max(received_at) AS received_at,
    greatest(max(highest), sum(counted + copied + rejected + dropped)) AS tracked,
    tracked - sum(counted + copied + rejected) <= ${storageLimits.ledgerPlausibleUncounted}
      AS is_plausible
  FROM parts GROUP BY source, queue_id`;

const totalsSql = `
  SELECT sum(if(is_plausible, tracked, counted + copied + rejected)) AS tracked,
    sum(counted) AS counted, sum(copied) AS copied, sum(rejected) AS rejected,
    sum(dropped) FILTER (is_plausible) AS dropped,
    count(*) AS queues, count(*) FILTER (NOT is_plausible) AS implausible
  FROM queues WHERE $all OR list_contains($ids, queue_id)`;

const shownSql = `
  SELECT *, epoch_ms(received_at) AS received_ms FROM queues
  WHERE $all OR list_contains($ids, queue_id)
  ORDER BY received_at DESC, queue_id LIMIT ${storageLimits.ledgerQueues}`;

/** The number 0 stands before each queue's first, so that a gap at its beginning shows. */
const gapsSql = `
  WITH known AS (
    SELECT source, queue_id, queue_seq FROM numbers
    WHERE fate <> ${fates.dropped} AND list_contains($ids, queue_id)
    UNION ALL
    SELECT source, queue_id, 0 FROM queues WHERE highest > 0 AND list_contains($ids, queue_id)),
  steps AS (
    SELECT *, lead(queue_seq) OVER (PARTITION BY source, queue_id ORDER BY queue_seq) AS next_seq
    FROM known)
  SELECT source, queue_id, queue_seq + 1 AS first, next_seq - 1 AS last,
    count(*) OVER () AS all_gaps
  FROM steps WHERE next_seq > queue_seq + 1
  ORDER BY source, queue_id, first LIMIT ${storageLimits.ledgerGaps}`;

const othersSql = `
  SELECT
    (SELECT count(*) FROM facts WHERE queue_id IS NULL AND NOT is_report) AS counted,
    (SELECT count(*) FROM rejections WHERE queue_id IS NULL) AS rejected,
    archived_copies() + (SELECT count(*) FROM event_copies) - (SELECT count(*) FROM facts)
      AS copies`;

/** What became of the events of each queue. */
export async function ledger(query: RunQuery, request: LedgerRequest): Promise<Ledger> {
  for (const sql of [factsSql, toldSql, numbersSql, reasonsSql, queuesSql]) await query(sql);
  const everyQueue = await query(totalsSql, asked(undefined));
  const totals = await query(totalsSql, asked(request.queueIds));
  const queueRows = await query(shownSql, asked(request.queueIds));
  const ids = asked(queueRows.map((row) => String(row.queue_id))).ids!;
  const reasons = await query('SELECT * FROM reasons WHERE list_contains($ids, queue_id)', { ids });
  const gaps = await query(gapsSql, { ids });
  const [others] = await query(othersSql);
  return {
    queues: queueRows.map((row) => queueLedger(row, reasons, gaps)),
    omittedQueues: Number(totals[0]?.queues) - queueRows.length,
    omittedGaps: Number(gaps[0]?.all_gaps ?? 0) - gaps.length,
    implausibleQueues: Number(everyQueue[0]?.implausible),
    totals: counts(totals[0]),
    everyQueue: counts(everyQueue[0]),
    withoutQueue: { counted: Number(others?.counted), rejected: Number(others?.rejected) },
    storedCopies: Number(others?.copies),
  };
}

function asked(queueIds: readonly string[] | undefined): Record<string, QueryParameter> {
  // No queue has the empty id; a list without members would have no type.
  return { all: queueIds === undefined, ids: ['', ...(queueIds ?? [])] };
}

function queueLedger(row: Row, reasons: readonly Row[], gaps: readonly Row[]): QueueLedger {
  const isOfQueue = (other: Row) => other.source === row.source && other.queue_id === row.queue_id;
  const countsOf = (fate: number) =>
    Object.fromEntries(
      reasons
        .filter((each) => isOfQueue(each) && Number(each.fate) === fate)
        .map(({ reason, count }) => [String(reason), Number(count)]),
    );
  return {
    source: String(row.source),
    queueId: String(row.queue_id),
    ...counts(row),
    highestSeq: Number(row.highest),
    droppedBy: countsOf(fates.dropped),
    rejectedBy: countsOf(fates.rejected),
    gaps: gaps.filter(isOfQueue).map((gap) => [Number(gap.first), Number(gap.last)] as const),
    lastReceivedAt: new Date(Number(row.received_ms)).toISOString(),
    isPlausible: Boolean(row.is_plausible),
  };
}

function counts(row: Row | undefined): LedgerCounts {
  const tracked = Number(row?.tracked ?? 0);
  const counted = Number(row?.counted ?? 0);
  const rejected = Number(row?.rejected ?? 0);
  const dropped = Number(row?.dropped ?? 0);
  const copied = Number(row?.copied ?? 0);
  const missing = tracked - counted - copied - rejected - dropped;
  return { tracked, counted, copied, rejected, dropped, missing };
}
