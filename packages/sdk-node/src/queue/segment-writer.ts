import type { Priority } from '@holdfast/protocol';
import type { QueueRecord, Random } from '@holdfast/sdk-core/ports';
import { type FileSystem, writeAll } from './file-system.js';
import { type QueueFolder, Segment } from './segment.js';
import { encodeRecords, recordBytes, segmentMagic } from './segment-format.js';

export interface SegmentWriterParts {
  readonly fileSystem: FileSystem;
  readonly random: Random;
  /** Bytes at which a segment is sealed. */
  readonly segmentBytes: number;
  /** A new segment is there: empty, to be read from now on. */
  readonly onOpened: (segment: Segment) => void;
  /** No record will be added to it any more. */
  readonly onFinal: (segment: Segment) => void;
}

/** Writes the records of one priority into a folder, one segment after the other. */
export class SegmentWriter {
  readonly #parts: SegmentWriterParts;
  readonly #folder: QueueFolder;
  readonly #priority: Priority;
  #file: OpenSegment | undefined;

  constructor(parts: SegmentWriterParts, folder: QueueFolder, priority: Priority) {
    this.#parts = parts;
    this.#folder = folder;
    this.#priority = priority;
  }

  /**
   * Writes records in order and adds an extent for each file that took some. Throws the file
   * system's error at the first failure; what is in `extents` then must be abandoned.
   */
  write(records: readonly QueueRecord[], extents: Extent[]): void {
    const { segmentBytes } = this.#parts;
    let first = 0;
    while (first < records.length) {
      const file = this.#openFile();
      let bytes = file.sizeBytes;
      let end = first;
      while (end < records.length && (end === first || bytes < segmentBytes)) {
        bytes += recordBytes(records[end]!);
        end++;
      }
      extents.push(
        file.write(end - first === records.length ? records : records.slice(first, end)),
      );
      first = end;
    }
  }

  /** Ends the segment that is being written. */
  retire(): void {
    this.#file?.retire();
    this.#file = undefined;
  }

  /** Ends it if it is this one. */
  retireIf(segment: Segment): void {
    if (this.#file?.segment === segment) this.retire();
  }

  #openFile(): OpenSegment {
    const current = this.#file;
    if (current && !current.isPoisoned && current.sizeBytes < this.#parts.segmentBytes) {
      return current;
    }
    this.retire();
    const { fileSystem, random, onOpened, onFinal } = this.#parts;
    const id = Buffer.from(random.bytes(8)).toString('hex');
    const name = { number: this.#folder.nextNumber(), priority: this.#priority, id };
    const segment = new Segment(this.#folder, name);
    this.#file = new OpenSegment(fileSystem, segment, onFinal);
    onOpened(segment);
    return this.#file;
  }
}

/** Records of one append that stand together in one segment. */
export interface Extent {
  readonly file: OpenSegment;
  readonly records: readonly QueueRecord[];
  readonly firstOrdinal: number;
  /** Where they end in the file. */
  readonly end: number;
  readonly sizeBytes: number;
}

/**
 * A segment that is written to. A failed write or sync poisons it: nothing is ever written to it
 * again, and only what was published before can be read, because after a failed sync the data may
 * read back and still be gone after a power cut.
 */
export class OpenSegment {
  readonly segment: Segment;
  readonly #fileSystem: FileSystem;
  readonly #fd: number;
  readonly #onFinal: (segment: Segment) => void;
  #end = segmentMagic.length;
  #nextOrdinal = 0;
  /** Extents that are written and neither published nor abandoned. */
  #pendingCount = 0;
  #syncsUnderWay = 0;
  #isRetired = false;
  #isPoisoned = false;

  /** Creates the file. Throws the file system's error if it cannot. */
  constructor(fileSystem: FileSystem, segment: Segment, onFinal: (segment: Segment) => void) {
    this.#fileSystem = fileSystem;
    this.segment = segment;
    this.#onFinal = onFinal;
    this.#fd = fileSystem.create(segment.path);
  }

  get isPoisoned(): boolean {
    return this.#isPoisoned;
  }

  /** Bytes written so far. */
  get sizeBytes(): number {
    return this.#end;
  }

  /** Writes records behind all others with one call. Throws if it fails, and is poisoned then. */
  write(records: readonly QueueRecord[]): Extent {
    const encoded = encodeRecords(records, this.segment.seed, this.#end, this.#nextOrdinal);
    const isFirst = this.#nextOrdinal === 0;
    const bytes = isFirst ? Buffer.concat([segmentMagic, encoded]) : encoded;
    try {
      writeAll(this.#fileSystem, this.#fd, bytes, isFirst ? 0 : this.#end);
    } catch (error) {
      this.#cutTornTail(isFirst ? 0 : this.#end);
      this.poison();
      throw error;
    }
    const firstOrdinal = this.#nextOrdinal;
    this.#end += encoded.length;
    for (const record of records) this.segment.seqs.note(this.#nextOrdinal++, record);
    this.#pendingCount++;
    const sizeBytes = records.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
    return { file: this, records, firstOrdinal, end: this.#end, sizeBytes };
  }

  /** Forces what is written to the disk. A failure must be answered with {@link poison}. */
  async sync(): Promise<void> {
    this.#syncsUnderWay++;
    try {
      await this.#fileSystem.syncData(this.#fd);
    } finally {
      this.#syncsUnderWay--;
      this.#closeIfDone();
    }
  }

  /** The extent's records are stored: they may be read. Extents are published in order. */
  publish({ end, records, sizeBytes }: Extent): void {
    this.segment.readableEnd = end;
    this.segment.count += records.length;
    this.segment.unsettledBytes += sizeBytes;
    this.#settlePending();
  }

  /** The extent's records still belong to who appended them; a copy may lie in the file. */
  abandon(): void {
    this.poison();
    this.#settlePending();
  }

  poison(): void {
    this.#isPoisoned = true;
    this.retire();
  }

  /** Nothing more will be written; closes as soon as nothing waits for a sync. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIfDone();
  }

  #settlePending(): void {
    this.#pendingCount--;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    const isBusy = this.#pendingCount > 0 || this.#syncsUnderWay > 0;
    if (!this.#isRetired || isBusy || this.segment.isFinal) return;
    this.segment.isFinal = true;
    try {
      this.#fileSystem.close(this.#fd);
    } catch {
      // Linux frees the descriptor also when close fails, and what is published is stored.
    }
    this.#onFinal(this.segment);
  }

  /** So that the next process does not take the rest of a failed append for a damaged record. */
  #cutTornTail(end: number): void {
    try {
      this.#fileSystem.truncate(this.#fd, end);
    } catch {
      // The tail stays: it is read as damage, by nobody else's count.
    }
  }
}
