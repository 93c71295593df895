import type { LeaseRequest, StoreUsage } from '@holdfast/sdk-core/ports';
import type { HeldRecord } from './held-record.js';
import type { SegmentStream } from './segment-stream.js';

interface Count {
  events: number;
  bytes: number;
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

/**
 * The records of one priority: those of the client's own folder, those of adopted folders, and
 * those that are in memory.
 *
 * A lease begins with released records; then own and adopted ones take turns in being first, so
 * that neither a backlog holds up what is new nor a steady flow what was left behind.
 */
export class Lane {
  own: SegmentStream;
  adopted: SegmentStream;
  /** Stored and unsettled. */
  readonly stored: Count = { events: 0, bytes: 0 };
  readonly #leased = new Set<HeldRecord>();
  #leasedBytes = 0;
  #released: HeldRecord[] = [];
  #areAdoptedFirst = false;

  constructor(own: SegmentStream, adopted: SegmentStream) {
    this.own = own;
    this.adopted = adopted;
  }

  waiting(): StoreUsage {
    return {
      events: this.stored.events - this.#leased.size,
      bytes: this.stored.bytes - this.#leasedBytes,
    };
  }

  /** Rejects with the file system's error if that kept it from handing out anything. */
  async lease(request: LeaseRequest): Promise<HeldRecord[]> {
    const allowance = new Allowance(request);
    this.#takeReleased(allowance);
    this.#areAdoptedFirst = !this.#areAdoptedFirst;
    const order = [() => this.own, () => this.adopted];
    if (this.#areAdoptedFirst) order.reverse();
    try {
      for (const stream of order) await this.#takeFrom(stream(), allowance);
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

  /** Notes that a record left the queue. */
  settle(record: HeldRecord): void {
    this.#endLease(record);
    record.state = 'gone';
    this.stored.events--;
    this.stored.bytes -= record.sizeBytes;
  }

  /** All that is in memory: leased, released, and read ahead. */
  held(): HeldRecord[] {
    const released = this.#released.filter(isReleased);
    return [...this.#leased, ...released, ...this.adopted.window(), ...this.own.window()];
  }

  /** Forgets everything but what it is told to keep in memory. */
  reset(own: SegmentStream, adopted: SegmentStream): void {
    this.own.close();
    this.adopted.close();
    this.own = own;
    this.adopted = adopted;
  }

  /** Forgets what is in memory, too. */
  clear(): void {
    for (const record of this.held()) record.state = 'gone';
    this.#leased.clear();
    this.#leasedBytes = 0;
    this.#released = [];
    this.stored.events = 0;
    this.stored.bytes = 0;
  }

  async #takeFrom(stream: SegmentStream, allowance: Allowance): Promise<void> {
    while (!allowance.isFull) {
      if (!stream.peek()) await stream.fill();
      const record = stream.peek();
      if (!record || !allowance.take(record)) return;
      stream.take();
      this.#beginLease(record);
    }
  }

  #takeReleased(allowance: Allowance): void {
    if (this.#released.length === 0) return;
    const waiting = this.#released.filter(isReleased);
    let count = 0;
    while (count < waiting.length && allowance.take(waiting[count]!)) count++;
    for (const record of waiting.slice(0, count)) this.#beginLease(record);
    this.#released = waiting.slice(count);
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
}

/** One that was settled meanwhile stays in the list until somebody looks. */
function isReleased(record: HeldRecord): boolean {
  return record.state === 'released';
}
