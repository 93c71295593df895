/**
 * Decides before a body is read whether there is room for it.
 *
 * Pressure is the greatest of three shares of a bound: bytes in flight, event-loop delay, sink
 * latency. The higher it is, the more priorities are sent away, `low` first. While `low` is sent
 * away it still gets `lowShare` of what is taken: each byte taken of the others earns it credit.
 * At a pressure of 1 in bytes nothing is taken at all: that is memory.
 *
 * Invariant: `bytesInFlight` is the sum over all tickets that are not released, and only of bytes
 * that are really held: what a request merely announces would let it shut out all others for free.
 */
import type { Priority } from '@holdfast/protocol';
import { loadLimits as bounds } from '../limits.js';

/** What is measured elsewhere. */
export interface LoadGauges {
  /** How late the event loop is. */
  readonly loop: { readonly delayMs: number };
  /** How long a write takes that begins now. */
  readonly sinks: { readonly latencyMs: number };
}

/** Bytes that one request holds; to be released exactly once. */
export interface LoadTicket {
  /** The bytes are others than was thought. */
  resize(bytes: number): void;
  /** The same, if there is room for them; false: there is none, and nothing has changed. */
  tryResize(bytes: number): boolean;
  release(): void;
}

const shedAt: { readonly [priority in Priority]: number } = {
  low: bounds.shedLowAt,
  normal: bounds.shedNormalAt,
  critical: bounds.shedCriticalAt,
};

export class LoadShedder {
  readonly #gauges: LoadGauges;
  #bytesInFlight = 0;
  #lowCreditBytes = 0;

  constructor(gauges: LoadGauges) {
    this.#gauges = gauges;
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** 0: idle; 1: a bound is reached. */
  get pressure(): number {
    const { loop, sinks } = this.#gauges;
    return Math.max(
      this.#bytesInFlight / bounds.maxBytesInFlight,
      loop.delayMs / bounds.maxLoopDelayMs,
      sinks.latencyMs / bounds.maxSinkLatencyMs,
    );
  }

  /** Takes a request that will hold about so many bytes, or undefined: it is to be shed. */
  admit(priority: Priority, bytes: number): LoadTicket | undefined {
    if (this.#bytesInFlight + bytes > bounds.maxBytesInFlight) return undefined;
    if (this.pressure >= shedAt[priority] && !this.#isOwedTo(priority)) return undefined;
    this.#settleCredit(priority, bytes);
    return this.#ticket(bytes);
  }

  #isOwedTo(priority: Priority): boolean {
    return priority === 'low' && this.#lowCreditBytes > 0;
  }

  /** A request may overdraw the credit by its own size, or a large one would never fit. */
  #settleCredit(priority: Priority, bytes: number): void {
    const earned = priority === 'low' ? -bytes : (bytes * bounds.lowShare) / (1 - bounds.lowShare);
    const credit = this.#lowCreditBytes + earned;
    const least = -bounds.maxLowCreditBytes;
    this.#lowCreditBytes = Math.min(bounds.maxLowCreditBytes, Math.max(least, credit));
  }

  #ticket(bytes: number): LoadTicket {
    let held = bytes;
    this.#bytesInFlight += held;
    const resize = (next: number) => {
      this.#bytesInFlight += next - held;
      held = next;
    };
    const tryResize = (next: number) => {
      const hasRoom = this.#bytesInFlight + next - held <= bounds.maxBytesInFlight;
      if (hasRoom) resize(next);
      return hasRoom;
    };
    return { resize, tryResize, release: () => resize(0) };
  }
}
