import type { RunQuery } from '../duckdb/database.js';

/** Where a page of events ended. */
export interface EventCursor {
  readonly receivedAtMs: number;
  readonly source: string;
  readonly eventId: string;
}

export interface LatestEventsRequest {
  readonly limit: number;
  readonly source?: string | undefined;
  /** Continues behind an earlier page's last event. */
  readonly after?: EventCursor | undefined;
}

/**
 * The events received last, latest first, as JSON text: each event's bytes stand in it as they
 * came, so that no number or escape is changed on the way.
 */
export async function latestEventsJson(
  query: RunQuery,
  request: LatestEventsRequest,
): Promise<string> {
  const { limit, source, after } = request;
  // The page is found by keys alone; the wide columns are read for its rows only.
  const rows = await query(
    `WITH page AS (
       SELECT source, id_day, event_id, received_at FROM events
       WHERE type <> 'report' AND ($source IS NULL OR source = $source)
         AND ($at IS NULL OR (epoch_ms(received_at), source, event_id) < ($at, $from, $id))
       ORDER BY received_at DESC, source DESC, event_id DESC LIMIT ${limit})
     SELECT source, event_id, epoch_ms(received_at) AS received_ms, any_value(skew_ms) AS skew_ms,
       any_value(raw) AS raw
     FROM event_copies JOIN page USING (source, id_day, event_id, received_at)
     GROUP BY ALL ORDER BY received_ms DESC, source DESC, event_id DESC`,
    {
      source: source ?? null,
      at: after ? BigInt(after.receivedAtMs) : null,
      from: after?.source ?? null,
      id: after?.eventId ?? null,
    },
  );
  const last = rows.length < limit ? undefined : rows.at(-1);
  const next = last
    ? cursorText(Number(last.received_ms), String(last.source), String(last.event_id))
    : null;
  const events = rows.map((row) => {
    const receivedAt = new Date(Number(row.received_ms)).toISOString();
    const skewMs = row.skew_ms === null ? null : Number(row.skew_ms);
    const head = JSON.stringify({ source: row.source, receivedAt, skewMs });
    return `${head.slice(0, -1)},"event":${row.raw}}`;
  });
  return `{"events":[${events.join(',')}],"next":${JSON.stringify(next)}}`;
}

/** A cursor as the text that `after` takes. */
function cursorText(receivedAtMs: number, source: string, eventId: string): string {
  return Buffer.from(JSON.stringify([receivedAtMs, source, eventId])).toString('base64url');
}

/** Reads a cursor's text; undefined if it is none. */
export function parseCursor(text: string): EventCursor | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (!Array.isArray(value)) return undefined;
    const [receivedAtMs, source, eventId] = value as unknown[];
    if (typeof source !== 'string' || typeof eventId !== 'string') return undefined;
    if (!Number.isSafeInteger(receivedAtMs)) return undefined;
    return { receivedAtMs: receivedAtMs as number, source, eventId };
  } catch {
    // Not something this server gave out.
    return undefined;
  }
}
