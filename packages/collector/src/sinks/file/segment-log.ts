/**
 * The segments of a data folder: one open, the others sealed.
 *
 * Invariants: `append` and `seal` are called one at a time. A reader is told only of bytes that are
 * durable, so nothing is ever shown that was not acked. A segment in which a write failed is given
 * up: cut to its durable length and sealed, or removed if it never held a confirmed line.
 */
import { join } from 'node:path';
import { segmentName } from '@holdfast/protocol/file-segment';
import type { Disk, DiskFile } from '@holdfast/server-core/disk/disk';
import type { Clock, Logger, Random } from '@holdfast/server-core/ports';
import { Quarantine } from './quarantine.js';
import { checkSealed, findSegments, recoverNewest } from './segment-recovery.js';

/** What of a segment may be read. */
export interface ReadableSegment {
  readonly name: string;
  readonly path: string;
  /** Bytes from the start that are durable; in the open segment more may follow. */
  readonly validBytes: number;
  readonly isOpen: boolean;
}

export interface SegmentLogOptions {
  /** Holds `segments` and `quarantine`, which exist. */
  readonly folder: string;
  readonly maxSegmentBytes: number;
  readonly maxSegmentAgeMs: number;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A name has 13 digits of ms. */
const latestNameMs = 9_999_999_999_999;

export class SegmentLog {
  readonly #options: SegmentLogOptions;
  readonly #segments: string;
  readonly #quarantine: Quarantine;
  readonly #sealed = new Map<string, ReadableSegment>();
  readonly #listeners = new Set<(segment: ReadableSegment) => void>();
  #writer: SegmentWriter | undefined;
  #lastCreatedAtMs = 0;
  #isClosing = false;
  #check: Promise<void> = Promise.resolve();

  constructor(options: SegmentLogOptions) {
    this.#options = options;
    this.#segments = join(options.folder, 'segments');
    this.#quarantine = new Quarantine(options.disk, join(options.folder, 'quarantine'));
  }

  /** Takes over what is in the folder; the sealed segments are checked in the background. */
  async recover(): Promise<void> {
    const { disk, logger } = this.#options;
    const found = await findSegments(disk, this.#segments);
    const newest = found.pop();
    for (const segment of found) this.#sealed.set(segment.name, { ...segment, isOpen: false });
    if (newest !== undefined) {
      const kept = await recoverNewest(disk, newest, this.#quarantine, logger);
      if (kept !== undefined) this.#sealed.set(kept.name, { ...kept, isOpen: false });
      this.#lastCreatedAtMs = Number(newest.name.slice(0, 13));
    }
    this.#check = this.#checkAll(found.map(({ name }) => name));
  }

  /** Resolves when the segments found at start are checked. */
  async checked(): Promise<void> {
    await this.#check;
  }

  /** Calls back for each segment that is sealed from now on; returns what stops it. */
  onSealed(listener: (segment: ReadableSegment) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What may be read now, oldest first. */
  readable(): ReadableSegment[] {
    const writer = this.#writer;
    const sealed = [...this.#sealed.values()];
    if (writer === undefined || writer.durableBytes === 0) return sealed;
    const { name, path, durableBytes } = writer;
    return [...sealed, { name, path, validBytes: durableBytes, isOpen: true }];
  }

  /** Deletes a sealed segment for good: one that came back after a power cut would be counted again
   *  by whoever has forgotten it. */
  async delete(name: string): Promise<void> {
    const segment = this.#sealed.get(name);
    if (segment === undefined) return;
    await this.#options.disk.remove(segment.path);
    await this.#options.disk.syncFolder(this.#segments);
    this.#sealed.delete(name);
  }

  /** Makes `bytes` durable, whole lines. If it rejects, none of them may be acked. */
  async append(bytes: Uint8Array): Promise<void> {
    this.#writer ??= await this.#create();
    try {
      await this.#writer.append(bytes);
    } catch (error) {
      await this.#giveUp(this.#writer);
      throw error;
    }
    if (this.#writer.durableBytes >= this.#options.maxSegmentBytes) await this.seal();
  }

  /** How long until the open segment is old enough to be sealed; undefined if none is open. */
  openForMs(): number | undefined {
    const writer = this.#writer;
    if (writer === undefined) return undefined;
    const { clock, maxSegmentAgeMs } = this.#options;
    return Math.max(0, writer.createdAtMs + maxSegmentAgeMs - clock.monotonicMs());
  }

  /** Closes the open segment; the next append begins another. */
  async seal(): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#writer = undefined;
    this.#addSealed(writer);
    await this.#close(writer);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.seal();
    await this.#check;
  }

  /** Names rise even if the clock jumps back, since readers take names for the order; beyond the
   *  year 2286, which a clock may jump to, there is no order. */
  async #create(): Promise<SegmentWriter> {
    const { disk, clock, random } = this.#options;
    const createdAtMs = Math.min(latestNameMs, Math.max(clock.nowMs(), this.#lastCreatedAtMs + 1));
    this.#lastCreatedAtMs = createdAtMs;
    const name = segmentName(createdAtMs, random.uuid());
    return SegmentWriter.create(disk, this.#segments, name, clock.monotonicMs());
  }

  async #giveUp(writer: SegmentWriter): Promise<void> {
    this.#writer = undefined;
    const { path, durableBytes } = writer;
    const { disk } = this.#options;
    if (durableBytes > 0) this.#addSealed(writer);
    await this.#close(writer);
    // On a disk that stays full each attempt would leave bytes of no use, and after a restart they
    // would look like damage.
    const clearing = durableBytes > 0 ? disk.truncate(path, durableBytes) : disk.remove(path);
    await clearing.catch((error: unknown) => this.#report('not cleared', writer, error));
  }

  #addSealed(writer: SegmentWriter): void {
    const { name, path, durableBytes } = writer;
    const segment = { name, path, validBytes: durableBytes, isOpen: false };
    this.#sealed.set(name, segment);
    for (const listener of this.#listeners) {
      try {
        listener(segment);
      } catch (error) {
        // What a listener does with a segment must not decide over the next event.
        this.#report('listener failed', writer, error);
      }
    }
  }

  async #close(writer: SegmentWriter): Promise<void> {
    await writer.close().catch((error: unknown) => this.#report('not closed', writer, error));
  }

  #report(what: string, writer: SegmentWriter, error: unknown): void {
    const fields = { segment: writer.name, error: String(error) };
    this.#options.logger.log('warn', `segment ${what}`, fields);
  }

  async #checkAll(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const { disk, logger } = this.#options;
      const segment = this.#sealed.get(name);
      if (this.#isClosing || segment === undefined) continue;
      try {
        await checkSealed(disk, segment, this.#quarantine, logger);
      } catch (error) {
        // Unreadable: readers will meet and report it.
        logger.log('warn', 'segment not checked', {
          segment: name,
          error: String(error),
        });
      }
    }
  }
}

/**
 * One segment that is being written.
 *
 * Invariant: after a failed write or fdatasync the descriptor is never used again. The kernel may
 * have dropped the pages and call the next sync a success, so that data reads back and is gone
 * after a remount. The caller gives the segment up; `durableBytes` says how much of it counts.
 */
class SegmentWriter {
  readonly name: string;
  readonly path: string;
  /** On the monotonic clock. */
  readonly createdAtMs: number;
  /** Written and synced: whatever stands behind was never confirmed to anybody. */
  durableBytes = 0;
  readonly #file: DiskFile;

  private constructor(name: string, path: string, createdAtMs: number, file: DiskFile) {
    this.name = name;
    this.path = path;
    this.createdAtMs = createdAtMs;
    this.#file = file;
  }

  /** Makes the file; its name is durable when this resolves. */
  static async create(
    disk: Disk,
    folder: string,
    name: string,
    createdAtMs: number,
  ): Promise<SegmentWriter> {
    const path = join(folder, name);
    const writer = new SegmentWriter(name, path, createdAtMs, await disk.create(path));
    try {
      await disk.syncFolder(folder);
      return writer;
    } catch (error) {
      await writer.close();
      await disk.remove(path);
      throw error;
    }
  }

  /** Resolves when all of `bytes` is durable; if it rejects, the segment must not be used again. */
  async append(bytes: Uint8Array): Promise<void> {
    await this.#file.write(bytes);
    await this.#file.datasync();
    this.durableBytes += bytes.length;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
