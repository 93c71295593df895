import { type SegmentLine, scanSegment } from '@holdfast/protocol/file-segment';
import type { Disk, DiskFile } from '@holdfast/server-core/disk/disk';
import { storageLimits } from '../limits.js';
import type { ReadableSegment } from './event-log.js';

/**
 * Reads what is new in segments.
 *
 * Invariants: no byte is handed out twice, none beyond a segment's `validBytes`, and a line only if
 * its CRC matches. What is no valid line is counted as damaged and left behind.
 * Memory: one read of `segmentReadBytes`.
 */
export class SegmentReader {
  readonly #disk: Disk;
  /** Bytes done, by segment. */
  readonly #offsets = new Map<string, number>();
  readonly #damagedBytes = new Map<string, number>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Reads on from where the last call stopped; `take` gets the lines of one read at a time, with
   *  the position in the segment from which theirs count, and says how many bytes of them it could
   *  make nothing of. */
  async readNew(
    segment: ReadableSegment,
    take: (lines: readonly SegmentLine[], position: number) => Promise<number>,
  ): Promise<void> {
    if (this.offset(segment.name) >= segment.validBytes) return;
    const file = await this.#disk.open(segment.path);
    try {
      while (this.offset(segment.name) < segment.validBytes) {
        const { lines, bytes, damagedBytes } = await this.#readLines(file, segment);
        const position = this.offset(segment.name);
        const unreadBytes = await take(lines, position);
        this.#offsets.set(segment.name, position + bytes);
        this.#addDamage(segment.name, damagedBytes + unreadBytes);
      }
    } finally {
      await file.close();
    }
  }

  /** How far a segment has been read. */
  offset(name: string): number {
    return this.#offsets.get(name) ?? 0;
  }

  /** Bytes of a segment, among those read, that were no valid line. */
  damagedBytes(name: string): number {
    return this.#damagedBytes.get(name) ?? 0;
  }

  /** Forgets a segment that is gone for good. */
  forget(name: string): void {
    this.#offsets.delete(name);
    this.#damagedBytes.delete(name);
  }

  #addDamage(name: string, bytes: number): void {
    if (bytes > 0) this.#damagedBytes.set(name, this.damagedBytes(name) + bytes);
  }

  async #readLines(file: DiskFile, segment: ReadableSegment): Promise<ReadLines> {
    const start = this.offset(segment.name);
    const wanted = Math.min(storageLimits.segmentReadBytes, segment.validBytes - start);
    const buffer = Buffer.allocUnsafe(wanted);
    const bytesRead = await file.read(buffer, start);
    if (bytesRead === 0) throw new Error(`${segment.path} ends before ${segment.validBytes} bytes`);
    const isEnd = start + bytesRead >= segment.validBytes;
    return wholeLines(buffer.subarray(0, bytesRead), isEnd);
  }
}

interface ReadLines {
  readonly lines: readonly SegmentLine[];
  /** Bytes that are done with; the rest is the beginning of a line. */
  readonly bytes: number;
  readonly damagedBytes: number;
}

function wholeLines(buffer: Buffer, isEnd: boolean): ReadLines {
  const afterLastFeed = buffer.lastIndexOf(10) + 1;
  const bytes = isEnd || afterLastFeed === 0 ? buffer.length : afterLastFeed;
  const lines: SegmentLine[] = [];
  const scan = scanSegment(buffer.subarray(0, bytes), (line) => lines.push(line));
  const damagedBytes = scan.damaged.reduce((sum, range) => sum + range.end - range.start, 0);
  return { lines, bytes, damagedBytes };
}
