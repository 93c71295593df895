import type { RunQuery } from '../duckdb/database.js';
import type { Rejections } from './answers.js';

/** What the collector refused for good, latest first, and why. */
export async function rejections(query: RunQuery, limit: number): Promise<Rejections> {
  const byCode = await query(
    'SELECT code, count(*) AS count FROM rejections GROUP BY code ORDER BY count DESC, code',
  );
  const rows = await query(
    `SELECT * REPLACE (epoch_ms(received_at) AS received_at) FROM open_rejections
     ORDER BY open_rejections.received_at DESC LIMIT ${limit}`,
  );
  const counts = byCode.map(({ code, count }) => ({ code: String(code), count: Number(count) }));
  return {
    total: counts.reduce((sum, { count }) => sum + count, 0),
    byCode: counts,
    rejections: rows.map((row) => ({
      source: String(row.source),
      receivedAt: new Date(Number(row.received_at)).toISOString(),
      eventId: row.event_id as string | null,
      code: String(row.code),
      detail: row.detail as string | null,
      queueId: row.queue_id as string | null,
      queueSeq: row.queue_seq === null ? null : Number(row.queue_seq),
      excerpt: String(row.excerpt),
      sizeBytes: Number(row.size_bytes),
    })),
  };
}
