import type { FileSystem } from './file-system.js';
import { HeldRecord } from './held-record.js';
import { readAround } from './read-around.js';
import type { Segment } from './segment.js';
import { type FoundRecord, scanRecords } from './segment-format.js';

export interface SegmentStreamParts {
  readonly fileSystem: FileSystem;
  /** Records of the segment cannot be read, for the reason that is thrown afterwards. */
  readonly onUnreadable: (segment: Segment, error: unknown) => void;
  readonly onLost: (segment: Segment, ordinals: readonly number[]) => void;
}

/**
 * Reads segments forward, one after the other. Of all that is queued, only the rest of one segment
 * is in memory: the window. Records that are settled already are passed over.
 */
export class SegmentStream {
  readonly #parts: SegmentStreamParts;
  #segments: Segment[] = [];
  /** Final ones of which a read failed. */
  #unreadable: Segment[] = [];
  #window: HeldRecord[] = [];
  #head = 0;
  #isClosed = false;

  constructor(parts: SegmentStreamParts, window: HeldRecord[] = []) {
    this.#parts = parts;
    this.#window = window;
  }

  add(segment: Segment): void {
    this.#segments.push(segment);
  }

  /** What was read and not taken yet. */
  window(): HeldRecord[] {
    return this.#window.slice(this.#head);
  }

  /** Ends it: what a read under way still brings is not given out. */
  close(): void {
    this.#isClosed = true;
    this.#segments = [];
    this.#unreadable = [];
    this.#setWindow([]);
  }

  /**
   * Reads on until there is something to take, or nothing more is stored. A segment that cannot be
   * read now comes after all others the next time, so that it holds up none.
   */
  async fill(): Promise<void> {
    while (this.peek() === undefined) {
      const segment = this.#nextUnread() ?? this.#unreadable.shift();
      if (!segment) return;
      // One of the unreadable may have been given up meanwhile.
      if (segment.cursor < segment.readableEnd) await this.#readNext(segment);
    }
  }

  /** The oldest record of the window. */
  peek(): HeldRecord | undefined {
    return this.#window[this.#head];
  }

  take(): void {
    this.#head++;
  }

  async #readNext(segment: Segment): Promise<void> {
    const { cursor, readableEnd, count, path } = segment;
    let bytes: Uint8Array;
    try {
      bytes = await readAround(this.#parts.fileSystem, path, cursor, readableEnd, segment);
    } catch (error) {
      if (this.#isClosed) return;
      this.#setAside(segment);
      this.#parts.onUnreadable(segment, error);
      throw error;
    }
    if (this.#isClosed) return;
    segment.unreadableSinceMs = undefined;
    segment.isSuspect = false;
    segment.cursor = readableEnd;
    this.#setWindow(this.#scan(segment, bytes, cursor, count));
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

  /** The first segment of which something was not read; those that are read to their end go. */
  #nextUnread(): Segment | undefined {
    for (;;) {
      const segment = this.#segments[0];
      if (!segment || segment.cursor < segment.readableEnd) return segment;
      if (!segment.isFinal) return undefined;
      this.#segments.shift();
    }
  }

  #setAside(segment: Segment): void {
    if (!segment.isFinal) return;
    this.#segments = this.#segments.filter((other) => other !== segment);
    this.#unreadable.push(segment);
  }

  #setWindow(window: HeldRecord[]): void {
    this.#window = window;
    this.#head = 0;
  }
}
