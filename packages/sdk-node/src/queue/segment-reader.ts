import type { FileSystem } from './file-system.js';
import { HeldRecord } from './held-record.js';
import { readAround } from './read-around.js';
import type { Segment } from './segment.js';
import { type FoundRecord, scanRecords } from './segment-format.js';

export interface SegmentReaderParts {
  readonly fileSystem: FileSystem;
  /** Records of the segment cannot be read, for the reason that is thrown afterwards. */
  readonly onUnreadable: (segment: Segment, error: unknown) => void;
  readonly onLost: (segment: Segment, ordinals: readonly number[]) => void;
}

/**
 * Reads back what is in segments alone, in the order in which they were added, the rest of one at a
 * time. Records that are settled already are passed over.
 */
export class SegmentReader {
  readonly #parts: SegmentReaderParts;
  /** Those of which something was not read. */
  readonly #unread = new Set<Segment>();
  /** Final ones of which a read failed: they come after all others, so that they hold up none. */
  readonly #unreadable = new Set<Segment>();
  #isClosed = false;

  constructor(parts: SegmentReaderParts) {
    this.#parts = parts;
  }

  /** Has a segment read on from its cursor. */
  add(segment: Segment): void {
    this.#unread.add(segment);
  }

  /** Whether all that was added is read. */
  get isDone(): boolean {
    return this.#next() === undefined;
  }

  /** Ends it: what a read under way still brings is not given out. */
  close(): void {
    this.#isClosed = true;
    this.#unread.clear();
    this.#unreadable.clear();
  }

  /** The next records; none if nothing more is stored. Rejects with the file system's error. */
  async readNext(): Promise<HeldRecord[]> {
    for (let segment = this.#next(); segment; segment = this.#next()) {
      const found = await this.#read(segment);
      if (found.length > 0) return found;
    }
    return [];
  }

  /** The first segment of which something is not read; those that are read to their end go. */
  #next(): Segment | undefined {
    for (const segments of [this.#unread, this.#unreadable]) {
      for (const segment of segments) {
        // What a segment gives up is passed over by its cursor, too.
        if (segment.cursor < segment.readableEnd) return segment;
        segments.delete(segment);
      }
    }
    return undefined;
  }

  async #read(segment: Segment): Promise<HeldRecord[]> {
    const { cursor, readableEnd, count, path } = segment;
    let bytes: Uint8Array;
    try {
      bytes = await readAround(this.#parts.fileSystem, path, cursor, readableEnd, segment);
    } catch (error) {
      if (this.#isClosed) return [];
      this.#setAside(segment);
      this.#parts.onUnreadable(segment, error);
      throw error;
    }
    if (this.#isClosed) return [];
    segment.unreadableSinceMs = undefined;
    segment.isSuspect = false;
    segment.cursor = readableEnd;
    return this.#scan(segment, bytes, cursor, count);
  }

  #scan(segment: Segment, bytes: Uint8Array, offset: number, count: number): HeldRecord[] {
    const found: HeldRecord[] = [];
    const lost: number[] = [];
    let next = segment.nextOrdinal;
    const passTo = (ordinal: number) => {
      for (; next < ordinal; next++) lost.push(next);
    };
    scanRecords(bytes, segment.seed, offset, (record: FoundRecord) => {
      passTo(record.ordinal);
      next = record.ordinal + 1;
      if (segment.isSettled(record.ordinal)) return;
      found.push(new HeldRecord(record, segment, record.ordinal));
    });
    passTo(count);
    segment.nextOrdinal = count;
    if (lost.length > 0) this.#parts.onLost(segment, lost);
    return found;
  }

  #setAside(segment: Segment): void {
    if (!segment.isFinal) return;
    this.#unread.delete(segment);
    // Behind the others that cannot be read.
    this.#unreadable.delete(segment);
    this.#unreadable.add(segment);
  }
}
