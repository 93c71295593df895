import type { Priority } from '@holdfast/protocol';
import type { QueueRecord, Random } from '@holdfast/sdk-core/ports';
import type { FileSystem } from './file-system.js';
import { type Extent, OpenSegment } from './open-segment.js';
import type { QueueFolder } from './queue-folder.js';
import { Segment } from './segment.js';
import { recordBytes } from './segment-format.js';

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
