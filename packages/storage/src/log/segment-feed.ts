import type { SegmentLine } from '@holdfast/protocol/file-segment';
import type { Disk } from '@holdfast/server-core/disk/disk';
import type { EventLog } from './event-log.js';
import { SegmentReader } from './segment-reader.js';

/** Takes a segment's next lines, read from `position` on; called for one segment after the other,
 *  in their order. Resolves with how many bytes of them it could make nothing of. */
export type TakeLines = (
  segment: string,
  lines: readonly SegmentLine[],
  position: number,
) => Promise<number>;

/** Brings what is new in segments to where queries find it. */
export class SegmentFeed {
  readonly #source: EventLog;
  readonly #reader: SegmentReader;
  readonly #take: TakeLines;
  readonly #left = new Set<string>();
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #version = 0;

  constructor(source: EventLog, disk: Disk, take: TakeLines) {
    this.#reader = new SegmentReader(disk);
    this.#source = source;
    this.#take = take;
  }

  /** Rises with everything that was taken. */
  get version(): number {
    return this.#version;
  }

  /** Resolves once everything that was durable at the time of the call has been taken. */
  refresh(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    // The run under way may have passed what the caller wants to see: all who come now share the
    // next one.
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** Bytes of a segment that have been taken. */
  takenBytes(segment: string): number {
    return this.#reader.offset(segment);
  }

  /** Bytes of a segment that were no valid line. */
  damagedBytes(segment: string): number {
    return this.#reader.damagedBytes(segment);
  }

  /** Never reads this segment again: it is archived. */
  leave(segment: string): void {
    this.#left.add(segment);
    this.#reader.forget(segment);
  }

  #start(): Promise<void> {
    this.#next = undefined;
    this.#running = this.#readAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #readAll(): Promise<void> {
    const segments = this.#source.readableSegments();
    for (const name of this.#left) {
      if (!segments.some((segment) => segment.name === name)) this.#left.delete(name);
    }
    for (const segment of segments) {
      if (this.#left.has(segment.name)) continue;
      await this.#reader.readNew(segment, async (lines, position) => {
        const unreadBytes = await this.#take(segment.name, lines, position);
        this.#version++;
        return unreadBytes;
      });
    }
  }
}
