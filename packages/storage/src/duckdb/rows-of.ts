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
