import type { RunQuery } from '../duckdb/database.js';
import type { Top } from './answers.js';

export interface TopRequest {
  readonly by: 'event' | 'type' | 'source';
  readonly limit: number;
  readonly source?: string | undefined;
}

/** The most frequent values of a column. */
export async function top(query: RunQuery, request: TopRequest): Promise<Top> {
  const { by, limit, source } = request;
  const rows = await query(
    `SELECT ${by} AS value, count(*) AS count, sum(count(*)) OVER () AS total
     FROM events
     WHERE type <> 'report' AND ${by} IS NOT NULL AND ($source IS NULL OR source = $source)
     GROUP BY value ORDER BY count DESC, value LIMIT ${limit}`,
    { source: source ?? null },
  );
  return {
    by,
    total: Number(rows[0]?.total ?? 0),
    rows: rows.map(({ value, count }) => ({ value: String(value), count: Number(count) })),
  };
}
