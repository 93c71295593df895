import type { RunQuery } from '../duckdb/database.js';
import type { Series } from './answers.js';

export interface SeriesRequest {
  /** A track, page or screen event's name; all events if left out. */
  readonly event?: string | undefined;
  readonly source?: string | undefined;
  readonly intervalMs: number;
  /** Included; a multiple of the interval. */
  readonly fromMs: number;
  /** Excluded; a multiple of the interval. */
  readonly toMs: number;
}

/** How many events fell into each interval, by the events' own timestamps. */
export async function series(query: RunQuery, request: SeriesRequest): Promise<Series> {
  const { intervalMs, fromMs, toMs, event, source } = request;
  const rows = await query(
    `SELECT epoch_ms("timestamp") // ${intervalMs} AS bucket, count(*) AS count
     FROM events
     WHERE type <> 'report'
       AND "timestamp" >= make_timestamp_ms(${fromMs}) AND "timestamp" < make_timestamp_ms(${toMs})
       AND ($event IS NULL OR event = $event) AND ($source IS NULL OR source = $source)
     GROUP BY bucket`,
    { event: event ?? null, source: source ?? null },
  );
  const counts = new Map(rows.map(({ bucket, count }) => [Number(bucket), Number(count)]));
  const points = Array.from({ length: (toMs - fromMs) / intervalMs }, (_, i) => {
    const atMs = fromMs + i * intervalMs;
    return { at: new Date(atMs).toISOString(), count: counts.get(atMs / intervalMs) ?? 0 };
  });
  return { event: event ?? null, intervalMs, points };
}
