import type { SegmentLine } from '@holdfast/protocol/file-segment';
import { pipelineLimits } from '../limits.js';
import { appendInteger, appendText, appendTime } from './append.js';
import type { Database } from './database.js';
import { queuePosition } from './event-row.js';
import { rowsOf } from './rows-of.js';

/** A dead letter's line: as an event's, with the refusal in its headers. */
interface RejectionRow {
  readonly source: string;
  readonly receivedAtMs: number;
  readonly eventId: string | null;
  readonly code: string;
  readonly detail: string | null;
  readonly queueId: string | null;
  readonly queueSeq: number | null;
  /** The event's bytes as text, cut. */
  readonly excerpt: string;
  readonly sizeBytes: number;
}

/** The events that the collector refused for good: table `rejections`, resent ones included. */
export async function createRejectionTable(database: Database): Promise<void> {
  await database.write(async (writer) => {
    await writer.run(
      `CREATE TABLE rejections (source VARCHAR, received_at TIMESTAMP, event_id VARCHAR,
         code VARCHAR, detail VARCHAR, queue_id VARCHAR, queue_seq BIGINT, excerpt VARCHAR,
         size_bytes BIGINT)`,
    );
  });
}

/** Adds a dead-letter segment's lines to `rejections`; resolves with the bytes that are no line. */
export async function appendRejections(
  database: Database,
  lines: readonly SegmentLine[],
): Promise<number> {
  const { rows, unreadBytes } = rowsOf(lines, rejectionRow);
  await database.write(async (writer) => {
    const appender = await writer.createAppender('rejections');
    for (const row of rows) {
      appender.appendVarchar(row.source);
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
    source: line.source,
    receivedAtMs: line.receivedAtMs,
    eventId: headers.ce_id ?? null,
    code: headers.hf_code ?? 'unknown',
    detail: headers.hf_detail ?? null,
    ...queuePosition(parsedObject(raw)),
    excerpt: raw.slice(0, pipelineLimits.rejectedTextLength),
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
