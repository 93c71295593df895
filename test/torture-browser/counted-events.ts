/** What the storage tier makes of the collector's segments: its own view, in which each event
 *  stands once. */

import { systemClock } from '@holdfast/server-core/system-clock';
import { QueryStore } from '../../packages/storage/src/duckdb/query-store.js';
import type { EventLog } from '../../packages/storage/src/log/event-log.js';

export interface CountedEvent {
  readonly eventId: string;
  readonly run: string;
  /** The page gave one to each track(), so it tells of an event that came back under a new id. */
  readonly mark: string;
}

export interface CountedEvents {
  readonly events: readonly CountedEvent[];
  /** Lines of the segments that are copies of one of these. */
  readonly storedCopies: number;
}

export async function countedEvents(
  segments: EventLog,
  spillFolder: string,
): Promise<CountedEvents> {
  const nothing: EventLog = { readableSegments: () => [] };
  const store = await QueryStore.open({
    ...{ events: segments, deadLetters: nothing, spillFolder, clock: systemClock },
  });
  try {
    await store.refresh();
    return await store.read(async (query) => {
      const rows = await query(`SELECT raw FROM events WHERE type <> 'report'`);
      const copies = await query(`SELECT 1 FROM event_copies WHERE type <> 'report'`);
      const events = rows.map(({ raw }) => countedEvent(String(raw)));
      return { events, storedCopies: copies.length - events.length };
    });
  } finally {
    await store.close();
  }
}

function countedEvent(raw: string): CountedEvent {
  const { eventId, properties } = JSON.parse(raw) as {
    eventId: string;
    properties: { run: string; mark: string };
  };
  return { eventId, run: properties.run, mark: properties.mark };
}
