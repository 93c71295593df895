import type { Clock } from '../../src/ports.js';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Time that passes only when a test says so; wall and monotonic time run apart on demand. */
export class VirtualClock implements Clock {
  #monotonicMs = 0;
  #wallMs: number;
  #order = 0;
  readonly #timers = new Set<Timer>();
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
    const timer = { atMs, order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
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
      this.#timers.delete(next);
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
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (
        !best ||
        timer.atMs < best.atMs ||
        (timer.atMs === best.atMs && timer.order < best.order)
      ) {
        best = timer;
      }
    }
    return best;
  }
}
