import type { Clock } from '../../src/ports.js';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** Time that passes only when a test says so; wall and monotonic time run apart on demand. */
export class VirtualClock implements Clock {
  #monotonicMs = 0;
  #wallMs: number;
  #order = 0;
  /** A heap: the earliest timer first; cancelled ones go when they come up. */
  readonly #timers: Timer[] = [];
  #deferred: (() => void)[] = [];

  constructor(wallMs = Date.parse('2026-11-01T00:00:00Z')) {
    this.#wallMs = wallMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Sets the wall clock, as an operator or NTP would. */
  jumpWall(byMs: number): void {
    this.#wallMs += byMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const atMs = this.#monotonicMs + Math.max(0, delayMs);
    const timer = { atMs, order: this.#order++, callback, isCancelled: false };
    this.#insert(timer);
    return () => {
      timer.isCancelled = true;
    };
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
  }

  /** Ends the current turn and lets everything that follows from it happen, without time passing. */
  async settle(): Promise<void> {
    do {
      for (const callback of this.#deferred.splice(0)) callback();
      // A turn of the real loop: every promise that can be settled is, before it comes back.
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#deferred.length > 0);
  }

  /** Lets `ms` pass, timer by timer. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    await this.settle();
    for (;;) {
      const next = this.#earliest();
      if (!next || next.atMs > endMs) break;
      this.#removeFirst();
      this.#pass(Math.max(0, next.atMs - this.#monotonicMs));
      next.callback();
      await this.settle();
    }
    this.#pass(endMs - this.#monotonicMs);
    await this.settle();
  }

  #pass(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }

  #earliest(): Timer | undefined {
    while (this.#timers[0]?.isCancelled) this.#removeFirst();
    return this.#timers[0];
  }

  #insert(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent]!, timer)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #removeFirst(): void {
    const heap = this.#timers;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
