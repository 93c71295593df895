/**
 * The segments of a data folder: one open, the others sealed.
 *
 * Invariants: `append` and `seal` are called one at a time. A reader is told only of bytes that are
 * durable, so nothing is ever shown that was not acked. A segment in which a write failed is given
 * up: sealed at its durable length, or removed if it never held a confirmed line.
 */
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { segmentName } from '@holdfast/protocol/file-segment';
import type { Clock, Logger, Random } from '../ports.js';
import { checkSealed, findSegment, recoverNewest, segmentNames } from './segment-recovery.js';
import { type CreateSegment, type OpenSegment, SegmentWriter } from './segment-writer.js';

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
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Default: files. */
  readonly createSegment?: CreateSegment | undefined;
}

export class SegmentLog {
  readonly #options: SegmentLogOptions;
  readonly #segments: string;
  readonly #quarantine: string;
  readonly #sealed = new Map<string, ReadableSegment>();
  readonly #listeners = new Set<(segment: ReadableSegment) => void>();
  #writer: OpenSegment | undefined;
  #lastCreatedAtMs = 0;
  #isClosing = false;
  #check: Promise<void> = Promise.resolve();

  constructor(options: SegmentLogOptions) {
    this.#options = options;
    this.#segments = join(options.folder, 'segments');
    this.#quarantine = join(options.folder, 'quarantine');
  }

  /** Takes over what is in the folder; the sealed segments are checked in the background. */
  async recover(): Promise<void> {
    const names = await segmentNames(this.#segments);
    const found = [];
    for (const name of names) found.push(await findSegment(this.#segments, name));
    const newest = found.pop();
    for (const segment of found) this.#sealed.set(segment.name, { ...segment, isOpen: false });
    if (newest !== undefined) {
      const kept = await recoverNewest(newest, this.#quarantine, this.#options.logger);
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

  /** Deletes a sealed segment, once its events are kept elsewhere. */
  async delete(name: string): Promise<void> {
    const segment = this.#sealed.get(name);
    if (segment === undefined) return;
    this.#sealed.delete(name);
    await unlink(segment.path);
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

  /** Names rise even if the clock jumps back, since readers take names for the order. */
  async #create(): Promise<OpenSegment> {
    const { clock, random, createSegment = SegmentWriter.create } = this.#options;
    const createdAtMs = Math.max(clock.nowMs(), this.#lastCreatedAtMs + 1);
    this.#lastCreatedAtMs = createdAtMs;
    const name = segmentName(createdAtMs, random.uuid());
    return createSegment(this.#segments, name, clock.monotonicMs());
  }

  async #giveUp(writer: OpenSegment): Promise<void> {
    this.#writer = undefined;
    if (writer.durableBytes > 0) this.#addSealed(writer);
    await this.#close(writer);
    if (writer.durableBytes === 0) {
      // On a disk that stays full each attempt would leave a file of no use.
      await unlink(writer.path).catch((error: unknown) =>
        this.#report('not removed', writer, error),
      );
    }
  }

  #addSealed(writer: OpenSegment): void {
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

  async #close(writer: OpenSegment): Promise<void> {
    await writer.close().catch((error: unknown) => this.#report('not closed', writer, error));
  }

  #report(what: string, writer: OpenSegment, error: unknown): void {
    const fields = { segment: writer.name, error: String(error) };
    this.#options.logger.log('warn', `segment ${what}`, fields);
  }

  async #checkAll(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const segment = this.#sealed.get(name);
      if (this.#isClosing || segment === undefined) continue;
      try {
        await checkSealed(segment, this.#quarantine, this.#options.logger);
      } catch (error) {
        // Deleted by the archive meanwhile, or unreadable: readers will meet and report the latter.
        this.#options.logger.log('warn', 'segment not checked', {
          segment: name,
          error: String(error),
        });
      }
    }
  }
}
