/**
 * All of the queue that has one priority: its segments, which of its records wait, and which are
 * leased.
 *
 * Invariants:
 * - A record waits, or is leased, or was released, or is gone: see `HeldRecord`. Only what is in
 *   segments alone has no such state yet: it waits.
 * - A lease begins with released records; then those of the client's own folder and those of
 *   adopted ones take turns in being first, so that neither a backlog holds up what is new nor a
 *   steady flow what was left behind.
 * - A segment is deleted once nothing more is written to it and all of its records are settled.
 */
import type { LeaseRequest, StoreUsage } from '@holdfast/sdk-core/ports';
import type { AckedOrdinal, EndingCode } from './ack-format.js';
import type { FileSystem } from './file-system.js';
import type { LoadedSegment } from './folder-loader.js';
import type { HeldRecord } from './held-record.js';
import type { Segment } from './segment.js';
import { SegmentReader } from './segment-reader.js';
import type { SegmentRemover } from './segment-remover.js';
import type { Extent } from './segment-writer.js';
import type { QueueSeqs } from './seq-runs.js';
import { WaitingRecords } from './waiting-records.js';

export interface QueueSectionParts {
  readonly fileSystem: FileSystem;
  readonly remover: SegmentRemover;
  /** Bytes of stored events that are kept in memory until they are leased. */
  readonly tailBytes: number;
  readonly onUnreadable: (segment: Segment, error: unknown) => void;
  readonly onCorrupt: (count: number, known: readonly QueueSeqs[]) => void;
}

export interface SettledPlace {
  readonly record: HeldRecord;
  readonly ending: EndingCode;
}

export class QueueSection {
  readonly #parts: QueueSectionParts;
  /** Those on the disk in our hands. One that is not here was left behind, or is deleted. */
  readonly #segments = new Set<Segment>();
  #own: WaitingRecords;
  #adopted: WaitingRecords;
  #areAdoptedFirst = false;
  /** Settled ones stay in the list until somebody looks. */
  #released: HeldRecord[] = [];
  readonly #leased = new Set<HeldRecord>();
  #leasedBytes = 0;
  /** Stored and unsettled. */
  readonly #stored = { events: 0, bytes: 0 };

  constructor(parts: QueueSectionParts) {
    this.#parts = parts;
    this.#own = this.#waiting();
    this.#adopted = this.#waiting();
  }

  /** Whether there is nothing on the disk that anybody may want. */
  get isEmpty(): boolean {
    return this.#segments.size === 0 && this.#stored.events === 0;
  }

  /** Records of dead owners that are not settled. */
  get adoptedCount(): number {
    let count = 0;
    for (const { isAdopted, unsettledCount } of this.#segments)
      if (isAdopted) count += unsettledCount;
    return count;
  }

  usage(): StoreUsage {
    return this.#stored;
  }

  waiting(): StoreUsage {
    return {
      events: this.#stored.events - this.#leased.size,
      bytes: this.#stored.bytes - this.#leasedBytes,
    };
  }

  /** Rejects with the file system's error if that kept it from handing out anything. */
  async lease(request: LeaseRequest): Promise<HeldRecord[]> {
    const allowance = new Allowance(request);
    this.#leaseReleased(allowance);
    this.#areAdoptedFirst = !this.#areAdoptedFirst;
    const order = [() => this.#own, () => this.#adopted];
    if (this.#areAdoptedFirst) order.reverse();
    try {
      for (const waiting of order) await this.#leaseFrom(waiting(), allowance);
    } catch (error) {
      if (allowance.taken.length === 0) throw error;
    }
    return allowance.taken;
  }

  /** Takes a leased record back; anything else is ignored. */
  release(record: HeldRecord): void {
    if (!this.#endLease(record)) return;
    record.state = 'released';
    this.#released.push(record);
  }

  /** A new segment of the own folder is being written. */
  opened(segment: Segment): void {
    segment.folder.segmentCount++;
    this.#segments.add(segment);
  }

  /** A segment of an adopted folder is known now. */
  adopted({ segment, lostCount, lostOrdinals }: LoadedSegment): void {
    segment.isAdopted = true;
    this.#segments.add(segment);
    this.#stored.events += segment.unsettledCount;
    this.#stored.bytes += segment.unsettledBytes;
    this.#adopted.addUnread(segment);
    this.finishIfDone(segment);
    if (lostCount > 0) this.#parts.onCorrupt(lostCount, segment.seqs.find(lostOrdinals));
  }

  /** The extent's records are stored at the durability in force: they count, and may be leased. */
  publish(extent: Extent): void {
    extent.file.publish(extent);
    if (!this.#segments.has(extent.file.segment)) return;
    this.#count(extent);
    this.#own.add(extent);
  }

  /** Takes records out of the queue, with one write to each ack file concerned. */
  settle(settled: readonly SettledPlace[]): void {
    const acks = new Map<Segment, AckedOrdinal[]>();
    for (const { record, ending } of settled) {
      const { segment, ordinal } = record;
      if (record.state === 'gone') continue;
      this.#forget(record);
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

  /** Deletes a segment that nothing more is written to, once each record of it is settled. */
  finishIfDone(segment: Segment): void {
    if (!segment.isFinal || segment.unsettledCount > 0 || !this.#segments.delete(segment)) return;
    // Sizes of lost records were guessed: what is left over belongs to nothing.
    this.#stored.bytes -= segment.unsettledBytes;
    segment.cursor = segment.readableEnd;
    this.#parts.remover.removeLater(segment);
  }

  /**
   * The own folder is gone, and all segments with it: keeps what is in memory, and writes it again
   * with `write`. What cannot be written stays in memory alone.
   */
  moveHouse(write: (records: readonly HeldRecord[]) => readonly Extent[]): void {
    this.#segments.clear();
    const waiting = [...this.#adopted.inMemory(), ...this.#own.inMemory()];
    const held = this.#held();
    this.#closeWaiting();
    this.#own = this.#waiting(waiting);
    for (const record of held) record.segment = undefined;
    this.#stored.events = 0;
    this.#stored.bytes = 0;
    try {
      const extents = write(held);
      rebind(held, extents);
      for (const extent of extents) {
        extent.file.publish(extent);
        this.#count(extent);
      }
    } catch {
      // A full disk: they are still leased, sent and settled from memory.
      this.#stored.events = held.length;
      this.#stored.bytes = held.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    }
  }

  /** Forgets everything; returns the segments, which are the caller's to delete. */
  clear(): Segment[] {
    const segments = [...this.#segments];
    this.#segments.clear();
    for (const record of this.#held()) record.state = 'gone';
    this.#closeWaiting();
    this.#released = [];
    this.#leased.clear();
    this.#leasedBytes = 0;
    this.#stored.events = 0;
    this.#stored.bytes = 0;
    return segments;
  }

  #waiting(inMemory: readonly HeldRecord[] = []): WaitingRecords {
    const { fileSystem, onUnreadable, tailBytes } = this.#parts;
    const onLost = this.#lost.bind(this);
    const makeReader = () => new SegmentReader({ fileSystem, onUnreadable, onLost });
    return new WaitingRecords({ tailBytes, makeReader }, inMemory);
  }

  /** A lease that is reading just now finds nothing more in those that waited. */
  #closeWaiting(): void {
    this.#own.close();
    this.#adopted.close();
    this.#own = this.#waiting();
    this.#adopted = this.#waiting();
  }

  async #leaseFrom(waiting: WaitingRecords, allowance: Allowance): Promise<void> {
    do {
      for (const record of waiting.inMemory()) {
        if (!allowance.take(record)) return;
        waiting.remove(record);
        this.#beginLease(record);
      }
    } while (!allowance.isFull && (await waiting.readOn()));
  }

  #leaseReleased(allowance: Allowance): void {
    if (this.#released.length === 0) return;
    const released = this.#released.filter(isReleased);
    let count = 0;
    while (count < released.length && allowance.take(released[count]!)) count++;
    for (const record of released.slice(0, count)) this.#beginLease(record);
    this.#released = released.slice(count);
  }

  #beginLease(record: HeldRecord): void {
    record.state = 'leased';
    this.#leased.add(record);
    this.#leasedBytes += record.sizeBytes;
  }

  #endLease(record: HeldRecord): boolean {
    if (!this.#leased.delete(record)) return false;
    this.#leasedBytes -= record.sizeBytes;
    return true;
  }

  #forget(record: HeldRecord): void {
    this.#endLease(record);
    record.state = 'gone';
    this.#stored.events--;
    this.#stored.bytes -= record.sizeBytes;
  }

  /** All that is in memory. */
  #held(): HeldRecord[] {
    const released = this.#released.filter(isReleased);
    const waiting = [...this.#adopted.inMemory(), ...this.#own.inMemory()];
    return [...this.#leased, ...released, ...waiting];
  }

  #count({ records, sizeBytes }: Extent): void {
    this.#stored.events += records.length;
    this.#stored.bytes += sizeBytes;
  }

  #lost(segment: Segment, ordinals: readonly number[]): void {
    const { fileSystem, onCorrupt } = this.#parts;
    const bytesBefore = segment.unsettledBytes;
    const lost = segment.lose(fileSystem, ordinals);
    this.#stored.events -= lost.length;
    this.#stored.bytes -= bytesBefore - segment.unsettledBytes;
    this.finishIfDone(segment);
    if (lost.length > 0) onCorrupt(lost.length, segment.seqs.find(lost));
  }
}

/** What one lease may still take. */
class Allowance {
  #events: number;
  #bytes: number;
  readonly taken: HeldRecord[] = [];

  constructor({ maxEvents, maxBytes }: LeaseRequest) {
    this.#events = maxEvents;
    this.#bytes = maxBytes;
  }

  get isFull(): boolean {
    return this.#events <= 0;
  }

  /** Takes the record unless the lease is full; a first one is taken whatever its size. */
  take(record: HeldRecord): boolean {
    if (this.isFull) return false;
    if (record.sizeBytes > this.#bytes && this.taken.length > 0) return false;
    this.#events--;
    this.#bytes -= record.sizeBytes;
    this.taken.push(record);
    return true;
  }
}

function isReleased(record: HeldRecord): boolean {
  return record.state === 'released';
}

/** Tells records that are in memory where they stand now; they are not to be read from there. */
function rebind(held: readonly HeldRecord[], extents: readonly Extent[]): void {
  let index = 0;
  for (const extent of extents) {
    const { segment } = extent.file;
    for (let n = 0; n < extent.records.length; n++) {
      const record = held[index++]!;
      record.segment = segment;
      record.ordinal = extent.firstOrdinal + n;
    }
    segment.passOver(extent.end, extent.firstOrdinal + extent.records.length);
  }
}
