import type { DuckDBConnection } from '@duckdb/node-api';
import type { SegmentLine } from '@holdfast/protocol/file-segment';
import { storageLimits } from '../limits.js';
import type { TakeLines } from '../log/segment-feed.js';
import { appendInteger, appendText, appendTime, rowsOf } from './append-rows.js';
import type { ArchivedTable } from './archived-table.js';
import type { Database } from './database.js';
import { queuePosition } from './event-row.js';
import { readParquet } from './read-parquet.js';

/** A dead letter's line: as an event's, with the refusal in its headers. */
interface RejectionRow {
  /** Where its line begins among those that were read with it. */
  readonly start: number;
  readonly source: string;
  readonly receivedAtMs: number;
  /** On which it was received. */
  readonly day: string;
  readonly eventId: string | null;
  readonly code: string;
  readonly detail: string | null;
  readonly queueId: string | null;
  readonly queueSeq: number | null;
  /** The event's bytes as text, cut. */
  readonly excerpt: string;
  readonly sizeBytes: number;
}

const key = 'source, id_day, segment, position';

/** What is left of a refused event once its segment is deleted: the number that it took in its
 *  queue, and why. */
const archivedColumns = `${key}, received_at, code, queue_id, queue_seq`;

/**
 * The events that the collector refused for good, resent ones included. Table `open_rejections`:
 * those whose bytes are still kept, in segments. View `rejections`: all, as far as the ledger and
 * the counts need them.
 */
export async function createRejectionTable(database: Database): Promise<TakeLines> {
  await database.write(async (writer) => {
    await writer.run(
      `CREATE TABLE open_rejections (segment VARCHAR, "position" BIGINT, source VARCHAR,
         id_day VARCHAR, received_at TIMESTAMP, event_id VARCHAR, code VARCHAR, detail VARCHAR,
         queue_id VARCHAR, queue_seq BIGINT, excerpt VARCHAR, size_bytes BIGINT)`,
    );
    await replaceArchived(writer, []);
  });
  return (segment, lines, position) => appendRejections(database, segment, lines, position);
}

/** Sets what of the view `rejections` is archived. */
async function replaceArchived(writer: DuckDBConnection, paths: readonly string[]): Promise<void> {
  const open = `SELECT ${archivedColumns} FROM open_rejections`;
  const archived =
    paths.length === 0 ? '' : `UNION ALL SELECT ${archivedColumns} FROM ${readParquet(paths)}`;
  await writer.run(`CREATE OR REPLACE VIEW rejections AS ${open} ${archived}`);
}

/** Rejections as the archive knows them; their day is that on which they were received. */
export const archivedRejections: ArchivedTable = {
  openTable: 'open_rejections',
  columns: archivedColumns,
  key,
  timeColumn: 'received_at',
  replaceArchived,
};

/** Adds a dead-letter segment's lines, read from `position` on, to `open_rejections`; resolves with
 *  the bytes that are no line. */
async function appendRejections(
  database: Database,
  segment: string,
  lines: readonly SegmentLine[],
  position: number,
): Promise<number> {
  const { rows, unreadBytes } = rowsOf(lines, rejectionRow);
  await database.write(async (writer) => {
    const appender = await writer.createAppender('open_rejections');
    for (const row of rows) {
      appender.appendVarchar(segment);
      appendInteger(appender, position + row.start);
      appender.appendVarchar(row.source);
      appender.appendVarchar(row.day);
      appendTime(appender, row.receivedAtMs);
      appendText(appender, row.eventId);
      appender.appendVarchar(row.code);
      appendText(appender, row.detail);
      appendText(appender, row.queueId);
      appendInteger(appender, row.queueSeq);
      appender.appendVarchar(row.excerpt);
      appendInteger(appender, row.sizeBytes);
      appender.endRow();
    }
    appender.closeSync();
  });
  return unreadBytes;
}

function rejectionRow(line: SegmentLine): RejectionRow {
  const headers = JSON.parse(line.headersJson) as Record<string, string | undefined>;
  const raw = Buffer.from(line.event.buffer, line.event.byteOffset, line.event.length).toString();
  return {
    start: line.start,
    source: line.source,
    receivedAtMs: line.receivedAtMs,
    day: new Date(line.receivedAtMs).toISOString().slice(0, 10),
    eventId: headers.ce_id ?? null,
    code: headers.hf_code ?? 'unknown',
    detail: headers.hf_detail ?? null,
    ...queuePosition(parsedObject(raw)),
    excerpt: raw.slice(0, storageLimits.rejectedTextLength),
    sizeBytes: line.event.length,
  };
}

function parsedObject(raw: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Dead letters may be cut, or nested deeper than a parser likes: then no queue is known.
    return {};
  }
}
