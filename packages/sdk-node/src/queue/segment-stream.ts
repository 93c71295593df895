import type { FileSystem } from './file-system.js';
import { QueuedRecord } from './queued-record.js';
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
  #window: QueuedRecord[] = [];
  #head = 0;
  #isClosed = false;

  constructor(parts: SegmentStreamParts, window: QueuedRecord[] = []) {
    this.#parts = parts;
    this.#window = window;
  }

  add(segment: Segment): void {
    this.#segments.push(segment);
  }

  /** What was read and not taken yet. */
  window(): QueuedRecord[] {
    return this.#window.slice(this.#head);
  }

  /** Ends it: what a read under way still brings is not given out. */
  close(): void {
    this.#isClosed = true;
    this.#segments = [];
    this.#setWindow([]);
  }

  /** Reads on until there is something to take, or nothing more is stored. */
  async fill(): Promise<void> {
    while (this.peek() === undefined) {
      const segment = this.#segments[0];
      if (!segment) return;
      if (segment.cursor < segment.readableEnd) await this.#readNext(segment);
      else if (segment.isFinal) this.#segments.shift();
      else return;
    }
  }

  /** The oldest record of the window. */
  peek(): QueuedRecord | undefined {
    return this.#window[this.#head];
  }

  take(): void {
    this.#head++;
  }

  async #readNext(segment: Segment): Promise<void> {
    const { cursor, readableEnd, count } = segment;
    let bytes: Uint8Array;
    try {
      bytes = await this.#parts.fileSystem.read(segment.path, cursor, readableEnd);
    } catch (error) {
      if (this.#isClosed) return;
      this.#postpone(segment);
      this.#parts.onUnreadable(segment, error);
      throw error;
    }
    if (this.#isClosed) return;
    segment.cursor = readableEnd;
    this.#setWindow(this.#scan(segment, bytes, cursor, count));
  }

  #scan(segment: Segment, bytes: Uint8Array, offset: number, count: number): QueuedRecord[] {
    const found: QueuedRecord[] = [];
    const lost: number[] = [];
    let next = segment.nextOrdinal;
    const passTo = (ordinal: number) => {
      for (; next < ordinal; next++) lost.push(next);
    };
    scanRecords(bytes, segment.seed, offset, (record: FoundRecord) => {
      passTo(record.ordinal);
      next = record.ordinal + 1;
      if (segment.isSettled(record.ordinal)) return;
      found.push(new QueuedRecord(record, segment, record.ordinal));
    });
    passTo(count);
    segment.nextOrdinal = count;
    if (lost.length > 0) this.#parts.onLost(segment, lost);
    return found;
  }

  /**
   * Puts a segment that cannot be read now behind the others, so that it does not block them; but
   * before the one that is still written to, of which the end is never reached.
   */
  #postpone(segment: Segment): void {
    if (!segment.isFinal) return;
    this.#segments.shift();
    const isLastFinal = this.#segments.at(-1)?.isFinal ?? true;
    this.#segments.splice(this.#segments.length - (isLastFinal ? 0 : 1), 0, segment);
  }

  #setWindow(window: QueuedRecord[]): void {
    this.#window = window;
    this.#head = 0;
  }
}
