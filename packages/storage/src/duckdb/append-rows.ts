/** From the lines of a segment to the rows of a table. */
import { type DuckDBAppender, DuckDBTimestampValue } from '@duckdb/node-api';
import type { SegmentLine } from '@holdfast/protocol/file-segment';

/** The rows of a segment's lines, and the bytes of lines that are none. A whole line that cannot be
 *  read must not keep the lines behind it from being counted. */
export function rowsOf<Row>(
  lines: readonly SegmentLine[],
  rowOf: (line: SegmentLine) => Row,
): { rows: Row[]; unreadBytes: number } {
  const rows: Row[] = [];
  let unreadBytes = 0;
  for (const line of lines) {
    try {
      rows.push(rowOf(line));
    } catch {
      // Not a line that the collector writes: it is counted as damage, and the segment is kept.
      unreadBytes += line.end - line.start;
    }
  }
  return { rows, unreadBytes };
}

export function appendText(appender: DuckDBAppender, value: string | null): void {
  if (value === null) appender.appendNull();
  else appender.appendVarchar(value);
}

export function appendInteger(appender: DuckDBAppender, value: number | null): void {
  if (value === null) appender.appendNull();
  else appender.appendBigInt(BigInt(value));
}

export function appendTime(appender: DuckDBAppender, ms: number): void {
  appender.appendTimestamp(new DuckDBTimestampValue(BigInt(ms) * 1_000n));
}
