import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { SegmentLine } from '@holdfast/protocol/file-segment';
import type { TakeLines } from '../log/segment-feed.js';
import { appendInteger, appendText, appendTime, rowsOf } from './append-rows.js';
import { type ArchivedTable, firstCopyBy } from './archived-table.js';
import type { Database } from './database.js';
import { type EventRow, eventRow } from './event-row.js';
import { readParquet, readSeqs } from './read-parquet.js';

/** The columns of events, the same in memory and in Parquet. Times are UTC; JSON is text, byte for
 *  byte as it came. */
const eventColumns = [
  'source VARCHAR',
  'id_day VARCHAR',
  'event_id VARCHAR',
  'received_at TIMESTAMP',
  'skew_ms BIGINT',
  'type VARCHAR',
  'event VARCHAR',
  '"timestamp" TIMESTAMP',
  'user_id VARCHAR',
  'anonymous_id VARCHAR',
  'queue_id VARCHAR',
  'queue_seq BIGINT',
  'reporter VARCHAR',
  'dropped VARCHAR',
  'headers VARCHAR',
  'raw VARCHAR',
] as const;

/** The names of {@link eventColumns}, for SQL. */
const eventColumnNames = eventColumns.map((column) => column.split(' ')[0]).join(', ');

/** What makes copies one event. */
const key = 'source, id_day, event_id';

/**
 * Each event once. The archive holds none twice, so only the open segments, few rows as a rule, are
 * told apart among themselves and looked up in the archive; nothing is sorted or hashed as a whole.
 */
const eventsOnce = `
  WITH open_once AS (SELECT ${eventColumnNames} FROM open_events ${firstCopyBy(key)}),
  twice AS (
    SELECT source, id_day, event_id,
      archived.received_at <= open_once.received_at AS is_archived_first
    FROM archived_events AS archived JOIN open_once USING (${key}))
  SELECT * FROM archived_events
    ANTI JOIN (FROM twice WHERE NOT is_archived_first) USING (${key})
  UNION ALL
  SELECT * FROM open_once
    ANTI JOIN (FROM twice WHERE is_archived_first) USING (${key})`;

/**
 * The events of the segments that are not archived: table `open_events`, as they are in the
 * segments. View `event_copies`: those and `archived_events`. View `events`: each event once. View
 * `copied_seqs`: numbers of queues that may stand for copies; those that `events` has do not.
 * Resolves with what fills `open_events`.
 */
export async function createEventTables(database: Database): Promise<TakeLines> {
  await database.write(async (writer) => {
    await writer.run(`CREATE TABLE open_events (segment VARCHAR, ${eventColumns.join(', ')})`);
    await replaceArchived(writer, [], 0);
    await writer.run(`CREATE VIEW event_copies AS SELECT ${eventColumnNames} FROM open_events
      UNION ALL SELECT ${eventColumnNames} FROM archived_events`);
    await writer.run(`CREATE VIEW events AS ${eventsOnce}`);
  });
  return (segment, lines) => appendEvents(database, segment, lines);
}

/** The numbers of the events in a table, by queue. */
function numberedSql(table: string): string {
  return `SELECT source, queue_id, queue_seq, received_at FROM ${table}
    WHERE type <> 'report' AND queue_seq IS NOT NULL`;
}

/** Sets what the views `archived_events` and `copied_seqs` and the macro `archived_copies` are, in
 *  the transaction that `writer` has begun, if it has. `copiedSeqs` is the archive's file of
 *  numbers whose events it has under another number. */
async function replaceArchived(
  writer: DuckDBConnection,
  paths: readonly string[],
  copies: number,
  copiedSeqs?: string,
): Promise<void> {
  const rows = paths.length === 0 ? '(SELECT * FROM open_events WHERE false)' : readParquet(paths);
  await writer.run(
    `CREATE OR REPLACE VIEW archived_events AS SELECT ${eventColumnNames} FROM ${rows}`,
  );
  await writer.run(`CREATE OR REPLACE MACRO archived_copies() AS ${copies}`);
  const inArchive = copiedSeqs === undefined ? '' : `UNION ALL FROM ${readSeqs(copiedSeqs)}`;
  await writer.run(
    `CREATE OR REPLACE VIEW copied_seqs AS ${numberedSql('open_events')}
     UNION ALL ${numberedSql(`archived_events SEMI JOIN open_events USING (${key})`)}
     ${inArchive}`,
  );
}

/** Events as the archive knows them. */
export const archivedEvents: ArchivedTable = {
  openTable: 'open_events',
  columns: eventColumnNames,
  key,
  timeColumn: '"timestamp"',
  numberedSql,
  replaceArchived,
};

/** Adds a segment's lines to `open_events`; resolves with the bytes of those that are no event. */
async function appendEvents(
  database: Database,
  segment: string,
  lines: readonly SegmentLine[],
): Promise<number> {
  const { rows, unreadBytes } = rowsOf(lines, eventRow);
  await database.write(async (writer) => {
    const appender = await writer.createAppender('open_events');
    for (const row of rows) appendRow(appender, segment, row);
    appender.closeSync();
  });
  return unreadBytes;
}

function appendRow(appender: DuckDBAppender, segment: string, row: EventRow): void {
  appender.appendVarchar(segment);
  appender.appendVarchar(row.source);
  appender.appendVarchar(row.idDay);
  appender.appendVarchar(row.eventId);
  appendTime(appender, row.receivedAtMs);
  appendInteger(appender, row.skewMs);
  appender.appendVarchar(row.type);
  appendText(appender, row.event);
  appendTime(appender, row.timestampMs);
  appendText(appender, row.userId);
  appendText(appender, row.anonymousId);
  appendText(appender, row.queueId);
  appendInteger(appender, row.queueSeq);
  appendText(appender, row.reporter);
  appendText(appender, row.dropped);
  appender.appendVarchar(row.headers);
  appender.appendVarchar(row.raw);
  appender.endRow();
}
