import { dirname } from 'node:path';
import type { Priority } from '@holdfast/protocol';
import { type AckedOrdinal, ackHead, encodeAcks, endingCodes } from './ack-format.js';
import { type FileSystem, writeAll } from './file-system.js';
import { type SegmentName, segmentMagic, segmentName, segmentSeed } from './segment-format.js';
import { SeqRuns } from './seq-runs.js';

/** What is known in memory of one file of the queue: a bit for each record, and a few bytes for
 *  each run of their numbers. */
export class Segment {
  readonly folder: QueueFolder;
  readonly fileName: string;
  readonly id: string;
  readonly seed: number;
  readonly priority: Priority;
  readonly seqs = new SeqRuns();
  /** Records whose ordinals are below are stored and may be read; more may lie in the file. */
  count = 0;
  /** Where those records end in the file. */
  readableEnd = segmentMagic.length;
  /** Up to where it need not be read, and the ordinal that should come next there. */
  cursor = segmentMagic.length;
  nextOrdinal = 0;
  /** JSON bytes of the records that are not settled. */
  unsettledBytes = 0;
  /** A dead owner wrote it. */
  isAdopted = false;
  /** No record will be added any more. */
  isFinal = false;
  /** Something in it could not be read: it is kept in quarantine. */
  isDamaged = false;
  /** Since when nothing of it can be read; undefined: it could be the last time. */
  unreadableSinceMs: number | undefined;
  /** See `readAround`. */
  isSuspect = false;
  /** Where the next entry of the ack file goes; what lies behind is torn and may be overwritten. */
  ackEnd = 0;
  readonly #settled = new OrdinalSet();
  #unwrittenAcks: AckedOrdinal[] = [];

  constructor(folder: QueueFolder, name: SegmentName) {
    this.folder = folder;
    this.fileName = segmentName(name);
    this.id = name.id;
    this.seed = segmentSeed(name.id);
    this.priority = name.priority;
  }

  get path(): string {
    return `${this.folder.path}/${this.fileName}`;
  }

  get ackPath(): string {
    return ackPathOf(this.path);
  }

  /** Records that are stored and not settled. */
  get unsettledCount(): number {
    return this.count - this.#settled.size;
  }

  /** Notes that the records up to here are in memory: they are not read back. */
  passOver(end: number, nextOrdinal: number): void {
    this.cursor = end;
    this.nextOrdinal = nextOrdinal;
  }

  isSettled(ordinal: number): boolean {
    return this.#settled.has(ordinal);
  }

  /** Marks a record below `count` as settled; false if it was already. */
  settle(ordinal: number, sizeBytes: number): boolean {
    if (!this.#settled.add(ordinal)) return false;
    this.unsettledBytes -= sizeBytes;
    return true;
  }

  /**
   * Gives up the unsettled ones of these ordinals, whose bytes are damaged or gone; returns them.
   * Their sizes are not known: the average stands for each.
   */
  lose(fileSystem: FileSystem, ordinals: readonly number[]): readonly number[] {
    const lost = ordinals.filter((ordinal) => !this.isSettled(ordinal));
    this.isDamaged = true;
    if (lost.length === 0) return lost;
    const averageBytes = Math.floor(this.unsettledBytes / this.unsettledCount);
    for (const ordinal of lost) this.settle(ordinal, averageBytes);
    // So that the next process does not tell of the same loss again.
    const acked = lost.map((ordinal) => ({ ordinal, ending: endingCodes.lost }));
    this.writeAcks(fileSystem, acked);
    return lost;
  }

  /**
   * Writes endings into the ack file, unsynced. Never throws: endings that cannot be written are
   * tried again with the next ones, and a crash before that costs copies, never an event.
   */
  writeAcks(fileSystem: FileSystem, acked: readonly AckedOrdinal[]): void {
    const all = this.#unwrittenAcks.concat(acked);
    const entries = encodeAcks(all, this.seed);
    const bytes = this.ackEnd === 0 ? Buffer.concat([ackHead(this.id), entries]) : entries;
    this.#unwrittenAcks = [];
    try {
      const fd = fileSystem.openForWriting(this.ackPath);
      try {
        writeAll(fileSystem, fd, bytes, this.ackEnd);
        this.ackEnd += bytes.length;
      } finally {
        fileSystem.close(fd);
      }
    } catch {
      // Full disk, no descriptor, a folder that was adopted by another: see above.
      this.#unwrittenAcks = all;
    }
  }
}

export function ackPathOf(segmentPath: string): string {
  return segmentPath.replace(/\.seg$/, '.ack');
}

/** A folder of segments: a client's own one, or one that it adopted. */
export class QueueFolder {
  readonly path: string;
  /** Its segments that are not deleted yet. */
  segmentCount = 0;
  /** All that it holds is known: it goes with its last segment. Never set for one's own folder. */
  isRemovable = false;
  #lastNumber = 0;
  readonly #unsyncedFolders = new Set<string>();

  /** `firstMade`: it and all folders between it and this one were made just now. */
  constructor(path: string, firstMade?: string) {
    this.path = path;
    for (let made = path; firstMade?.length && made.length >= firstMade.length; ) {
      made = dirname(made);
      this.#unsyncedFolders.add(made);
    }
  }

  /** A number for a new segment, never given twice. */
  nextNumber(): number {
    this.#unsyncedFolders.add(this.path);
    return ++this.#lastNumber;
  }

  /** Forces the entries of new segments to the disk, and at first the folder's own entry. */
  async sync(fileSystem: FileSystem): Promise<void> {
    const paths = [...this.#unsyncedFolders];
    this.#unsyncedFolders.clear();
    try {
      await Promise.all(paths.map((path) => fileSystem.syncFolder(path)));
    } catch (error) {
      for (const path of paths) this.#unsyncedFolders.add(path);
      throw error;
    }
  }
}

/** A set of small whole numbers in one bit each. */
class OrdinalSet {
  #bits = new Uint8Array(64);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(ordinal: number): boolean {
    return ((this.#bits[ordinal >> 3] ?? 0) & (1 << (ordinal & 7))) !== 0;
  }

  /** Adds it; false if it was in already. */
  add(ordinal: number): boolean {
    if (this.has(ordinal)) return false;
    const index = ordinal >> 3;
    if (index >= this.#bits.length) this.#grow(index + 1);
    this.#bits[index]! |= 1 << (ordinal & 7);
    this.#size++;
    return true;
  }

  #grow(bytes: number): void {
    const grown = new Uint8Array(Math.max(bytes, this.#bits.length * 2));
    grown.set(this.#bits);
    this.#bits = grown;
  }
}
