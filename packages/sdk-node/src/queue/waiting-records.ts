/**
 * Records that wait to be leased, in their order: first those that are in memory, then those that
 * are in segments alone.
 *
 * Invariants:
 * - What was just stored is kept in memory, the tail, only while all before it is in memory, too.
 *   Behind the first that finds no room everything is read back, until nothing is left to read.
 * - A segment's cursor stands behind those of its records that are, or were, in memory.
 *
 * Limits: the tail's bytes, and `maxTailEvents`. What is read back is the rest of one segment.
 */
import { nodeLimits } from '../limits.js';
import { HeldRecord } from './held-record.js';
import type { Segment } from './segment.js';
import type { SegmentReader } from './segment-reader.js';
import type { Extent } from './segment-writer.js';

export interface WaitingRecordsParts {
  /** Bytes of events up to which what is stored is kept in memory. */
  readonly tailBytes: number;
  /** What is not in memory is read back with it. */
  readonly makeReader: () => SegmentReader;
}

export class WaitingRecords {
  readonly #parts: WaitingRecordsParts;
  readonly #inMemory = new Set<HeldRecord>();
  #bytes = 0;
  /** While there is something to read back. */
  #reader: SegmentReader | undefined;

  constructor(parts: WaitingRecordsParts, inMemory: Iterable<HeldRecord> = []) {
    this.#parts = parts;
    this.#hold(inMemory);
  }

  /** Those that are in memory. */
  inMemory(): ReadonlySet<HeldRecord> {
    return this.#inMemory;
  }

  /** Takes in what was stored just now, which stands behind all others. */
  add(extent: Extent): void {
    const { file, firstOrdinal, records, end } = extent;
    if (this.#reader || !this.#hasRoom(extent)) {
      this.addUnread(file.segment);
      return;
    }
    this.#hold(records.map((each, n) => new HeldRecord(each, file.segment, firstOrdinal + n)));
    file.segment.passOver(end, firstOrdinal + records.length);
  }

  /** Takes in what is stored in a segment behind its cursor. */
  addUnread(segment: Segment): void {
    this.#reader ??= this.#parts.makeReader();
    this.#reader.add(segment);
  }

  /** Notes that one does not wait any more. */
  remove(record: HeldRecord): void {
    if (this.#inMemory.delete(record)) this.#bytes -= record.sizeBytes;
  }

  /** Reads the next ones into memory; false if there are none. Rejects as the file system does. */
  async readOn(): Promise<boolean> {
    const reader = this.#reader;
    if (!reader) return false;
    const found = await reader.readNext();
    this.#hold(found);
    if (reader.isDone) this.#reader = undefined;
    return found.length > 0;
  }

  /** Forgets all: none of them is handed out any more. */
  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
    this.#inMemory.clear();
    this.#bytes = 0;
  }

  #hasRoom({ records, sizeBytes }: Extent): boolean {
    const events = this.#inMemory.size + records.length;
    return events <= nodeLimits.maxTailEvents && this.#bytes + sizeBytes <= this.#parts.tailBytes;
  }

  #hold(records: Iterable<HeldRecord>): void {
    for (const record of records) {
      this.#inMemory.add(record);
      this.#bytes += record.sizeBytes;
    }
  }
}
