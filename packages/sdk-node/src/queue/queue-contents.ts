import { type Priority, priorities } from '@holdfast/protocol';
import type { LeaseRequest, StoreUsage } from '@holdfast/sdk-core/ports';
import type { AckedOrdinal, EndingCode } from './ack-format.js';
import type { FileSystem } from './file-system.js';
import type { LoadedSegment } from './folder-loader.js';
import type { HeldRecord } from './held-record.js';
import { Lane } from './lane.js';
import type { Extent } from './open-segment.js';
import type { Segment } from './segment.js';
import type { SegmentRemover } from './segment-remover.js';
import { SegmentStream } from './segment-stream.js';
import type { QueueSeqs } from './seq-runs.js';

export interface QueueContentsParts {
  readonly fileSystem: FileSystem;
  readonly remover: SegmentRemover;
  readonly onUnreadable: (segment: Segment, error: unknown) => void;
  readonly onCorrupt: (count: number, known: readonly QueueSeqs[]) => void;
}

export interface SettledPlace {
  readonly record: HeldRecord;
  readonly ending: EndingCode;
}

/** What is in the queue: its segments, and for each priority a lane of records. */
export class QueueContents {
  readonly #parts: QueueContentsParts;
  /** Those on the disk in our hands. One that is not here was left behind, or is deleted. */
  readonly #segments = new Set<Segment>();
  readonly #lanes: Record<Priority, Lane>;

  constructor(parts: QueueContentsParts) {
    this.#parts = parts;
    const lane = () => new Lane(this.#stream(), this.#stream());
    this.#lanes = { critical: lane(), normal: lane(), low: lane() };
  }

  /** Whether there is nothing on the disk that anybody may want. */
  get isEmpty(): boolean {
    return this.#segments.size === 0 && this.usage().events === 0;
  }

  usage(): StoreUsage {
    const { critical, normal, low } = this.#lanes;
    return {
      events: critical.stored.events + normal.stored.events + low.stored.events,
      bytes: critical.stored.bytes + normal.stored.bytes + low.stored.bytes,
    };
  }

  waiting(priority: Priority): StoreUsage {
    return this.#lanes[priority].waiting();
  }

  lease(request: LeaseRequest): Promise<HeldRecord[]> {
    return this.#lanes[request.priority].lease(request);
  }

  release(record: HeldRecord): void {
    this.#lanes[record.priority].release(record);
  }

  /** A new segment of the own folder is being written. */
  opened(segment: Segment): void {
    segment.folder.segmentCount++;
    this.#segments.add(segment);
    this.#lanes[segment.priority].own.add(segment);
  }

  /** A segment of an adopted folder is known now. */
  adopted({ segment, lostCount, lostOrdinals }: LoadedSegment): void {
    const lane = this.#lanes[segment.priority];
    this.#segments.add(segment);
    lane.stored.events += segment.unsettledCount;
    lane.stored.bytes += segment.unsettledBytes;
    lane.adopted.add(segment);
    this.finishIfDone(segment);
    if (lostCount > 0) this.#parts.onCorrupt(lostCount, segment.seqs.find(lostOrdinals));
  }

  /** The extents' records are stored: they count, and may be leased. */
  publish(extents: readonly Extent[]): void {
    for (const extent of extents) {
      const { segment } = extent.file;
      extent.file.publish(extent);
      if (!this.#segments.has(segment)) continue;
      const { stored } = this.#lanes[segment.priority];
      stored.events += extent.count;
      stored.bytes += extent.sizeBytes;
    }
  }

  /** Takes records out of the queue, with one write to each ack file concerned. */
  settle(settled: readonly SettledPlace[]): void {
    const acks = new Map<Segment, AckedOrdinal[]>();
    for (const { record, ending } of settled) {
      const { segment, ordinal } = record;
      if (record.state === 'gone') continue;
      this.#lanes[record.priority].settle(record);
      if (!segment || !this.#segments.has(segment)) continue;
      segment.settle(ordinal, record.sizeBytes);
      const ordinals = acks.get(segment) ?? [];
      acks.set(segment, ordinals);
      ordinals.push({ ordinal, ending });
    }
    for (const [segment, ordinals] of acks) {
      segment.writeAcks(this.#parts.fileSystem, ordinals);
      this.finishIfDone(segment);
    }
  }

  /** Gives up what was not read of a segment that cannot be read for good; it is kept aside. */
  giveUp(segment: Segment): void {
    const { nextOrdinal, count } = segment;
    segment.cursor = segment.readableEnd;
    segment.nextOrdinal = count;
    this.#lost(
      segment,
      Array.from({ length: count - nextOrdinal }, (_, index) => nextOrdinal + index),
    );
  }

  /** Deletes a segment that nothing more is written to, once each record of it has a verdict. */
  finishIfDone(segment: Segment): void {
    if (!segment.isFinal || segment.unsettledCount > 0 || !this.#segments.delete(segment)) return;
    // Sizes of lost records were guessed: what is left over belongs to nothing.
    this.#lanes[segment.priority].stored.bytes -= segment.unsettledBytes;
    segment.cursor = segment.readableEnd;
    this.#parts.remover.removeLater(segment);
  }

  /**
   * The own folder is gone, and all segments with it: keeps what is in memory, and writes it again
   * with `write`, lane by lane. What cannot be written stays in memory alone.
   */
  moveHouse(write: (records: readonly HeldRecord[]) => readonly Extent[]): void {
    this.#segments.clear();
    for (const priority of priorities) {
      const lane = this.#lanes[priority];
      const held = lane.held();
      const unread = [...lane.adopted.window(), ...lane.own.window()];
      lane.reset(this.#stream(unread), this.#stream());
      for (const record of held) record.segment = undefined;
      lane.stored.events = 0;
      lane.stored.bytes = 0;
      try {
        const extents = write(held);
        rebind(held, extents);
        this.publish(extents);
      } catch {
        // A full disk: they are still leased, sent and settled from memory.
        lane.stored.events = held.length;
        lane.stored.bytes = held.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      }
    }
  }

  /** Forgets everything; returns the segments, which are the caller's to delete. */
  clear(): Segment[] {
    const segments = [...this.#segments];
    this.#segments.clear();
    for (const priority of priorities) {
      this.#lanes[priority].clear();
      this.#lanes[priority].reset(this.#stream(), this.#stream());
    }
    return segments;
  }

  #stream(window: HeldRecord[] = []): SegmentStream {
    const { fileSystem, onUnreadable } = this.#parts;
    const onLost = this.#lost.bind(this);
    return new SegmentStream({ fileSystem, onUnreadable, onLost }, window);
  }

  #lost(segment: Segment, ordinals: readonly number[]): void {
    const { fileSystem, onCorrupt } = this.#parts;
    const bytesBefore = segment.unsettledBytes;
    const lost = segment.lose(fileSystem, ordinals);
    const { stored } = this.#lanes[segment.priority];
    stored.events -= lost.length;
    stored.bytes -= bytesBefore - segment.unsettledBytes;
    this.finishIfDone(segment);
    if (lost.length > 0) onCorrupt(lost.length, segment.seqs.find(lost));
  }
}

/** Tells records that are in memory where they stand now; they are not to be read from there. */
function rebind(held: readonly HeldRecord[], extents: readonly Extent[]): void {
  let index = 0;
  for (const { file, firstOrdinal, count, end } of extents) {
    for (let n = 0; n < count; n++) {
      const record = held[index++]!;
      record.segment = file.segment;
      record.ordinal = firstOrdinal + n;
    }
    file.segment.cursor = end;
    file.segment.nextOrdinal = firstOrdinal + count;
  }
}
