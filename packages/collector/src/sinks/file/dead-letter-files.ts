/**
 * Refused events in files: a file sink of their own, within a bound, since whoever knows a public
 * write key can have events refused for ever.
 *
 * Invariants: what goes are whole sealed segments, the oldest first; never the open one, which
 * comes on top of the bound. A deletion is durable before it is counted, and each is logged. A kill
 * leaves at most segments that the next start finds beyond the bound again.
 */
import type { AcceptedEvent, Durable } from '@holdfast/protocol';
import { scanSegment } from '@holdfast/protocol/file-segment';
import type { Disk } from '@holdfast/server-core/disk/disk';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { silentLogger } from '@holdfast/server-core/json-logger';
import type { Clock, Logger } from '@holdfast/server-core/ports';
import { systemClock } from '@holdfast/server-core/system-clock';
import { settledWithin } from '@holdfast/server-core/within';
import { deadLetterLimits } from '../../limits.js';
import type { DeletedReading, EventSink, SinkAvailability, SinkOutcome } from '../event-sink.js';
import { FileSink, type FileSinkOptions } from './file-sink.js';
import type { ReadableSegment } from './segment-log.js';

export interface DeadLetterFilesOptions extends FileSinkOptions {
  /** Bytes of sealed segments that are kept; default 256 MB. */
  readonly maxBytes?: number | undefined;
  /** Who deletes what is beyond: this sink, or its owner by `deleteSegment`, once it has noted what
   *  it needs of a segment. Default `by-itself`. */
  readonly deletes?: 'by-itself' | 'when-told';
}

export class DeadLetterFiles implements EventSink {
  readonly name = 'file';
  readonly durable: Durable = 'file';
  readonly #files: FileSink;
  readonly #maxBytes: number;
  readonly #deletesByItself: boolean;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #deleted: DeletedReading = { events: 0, bytes: 0 };
  #deleting: Promise<void> = Promise.resolve();
  #isClosing = false;

  constructor(options: DeadLetterFilesOptions) {
    const { maxSegmentAgeMs } = deadLetterLimits;
    this.#files = new FileSink({ maxSegmentAgeMs, ...options });
    this.#maxBytes = options.maxBytes ?? deadLetterLimits.maxDeadLetterBytes;
    this.#deletesByItself = (options.deletes ?? 'by-itself') === 'by-itself';
    this.#disk = options.disk ?? nodeDisk;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
  }

  async open(): Promise<void> {
    await this.#files.open();
    if (!this.#deletesByItself) return;
    this.#files.onSealed(() => this.#deleteSoon());
    this.#deleteSoon();
  }

  availability(): SinkAvailability {
    return this.#files.availability();
  }

  write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]> {
    return this.#files.write(events);
  }

  /** What was deleted since this process began. */
  deleted(): DeletedReading {
    return this.#deleted;
  }

  /** What may be read now, oldest first. */
  readableSegments(): ReadableSegment[] {
    return this.#files.readableSegments();
  }

  /** The oldest of these segments, without which the others are within the bound. */
  beyondBound(segments: readonly ReadableSegment[]): ReadableSegment[] {
    let leftBytes = this.#maxBytes;
    let oldestKept = segments.length;
    for (const { validBytes } of [...segments].reverse()) {
      leftBytes -= Math.max(validBytes, deadLetterLimits.minCountedBytes);
      if (leftBytes < 0) break;
      oldestKept--;
    }
    return segments.slice(0, oldestKept);
  }

  /** Deletes a sealed segment and counts what goes with it. */
  async deleteSegment(name: string): Promise<void> {
    const segment = this.readableSegments().find((each) => each.name === name && !each.isOpen);
    if (segment === undefined) return;
    const events = await this.#countEvents(segment);
    await this.#files.deleteSegment(name);
    const bytes = segment.validBytes;
    const { events: eventsBefore, bytes: bytesBefore } = this.#deleted;
    this.#deleted = { events: eventsBefore + events, bytes: bytesBefore + bytes };
    this.#logger.log('warn', 'dead letters deleted', { segment: name, events, bytes });
  }

  /** Calls back for each segment that is sealed from now on; returns what stops it. */
  onSealed(listener: (segment: ReadableSegment) => void): () => void {
    return this.#files.onSealed(listener);
  }

  /** Rejects if another process has taken the folder over: then nothing in it may be changed. */
  ensureOwned(): Promise<void> {
    return this.#files.ensureOwned();
  }

  /** Resolves when the segments found at start were looked through for damage. */
  checked(): Promise<void> {
    return this.#files.checked();
  }

  async close(timeoutMs: number): Promise<void> {
    this.#isClosing = true;
    const startedMs = this.#clock.monotonicMs();
    await settledWithin(this.#clock, timeoutMs, this.#deleting);
    await this.#files.close(Math.max(0, timeoutMs + startedMs - this.#clock.monotonicMs()));
  }

  #deleteSoon(): void {
    this.#deleting = this.#deleting.then(() => this.#deleteBeyond());
  }

  /** What cannot be deleted now is tried again when the next segment is sealed, or at a start. */
  async #deleteBeyond(): Promise<void> {
    try {
      await this.#files.checked();
      const sealed = this.readableSegments().filter(({ isOpen }) => !isOpen);
      for (const { name } of this.beyondBound(sealed)) {
        if (this.#isClosing) return;
        await this.deleteSegment(name);
      }
    } catch (error) {
      this.#logger.log('error', 'dead letters not deleted', { error: String(error) });
    }
  }

  async #countEvents({ path, name }: ReadableSegment): Promise<number> {
    let events = 0;
    try {
      const bytes = (await this.#disk.readFile(path)) ?? new Uint8Array();
      scanSegment(bytes, () => events++);
    } catch (error) {
      // It goes uncounted: a segment that cannot be read must not stay for ever.
      this.#logger.log('warn', 'segment not counted', { segment: name, error: String(error) });
    }
    return events;
  }
}
