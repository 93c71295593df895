import type { Clock } from '../../src/ports.js';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** Time that moves only when a test says so. */
export class FakeClock implements Clock {
  #nowMs = 1_795_000_000_000;
  #monotonicMs = 0;
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#monotonicMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** Moves on and calls what falls due, in order of time. */
  advance(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= endMs);
      const next = due.sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#move(Math.max(0, next.atMs - this.#monotonicMs));
      next.callback();
    }
    this.#move(endMs - this.#monotonicMs);
  }

  /** Time passes, but no timer is called: the event loop is busy. */
  block(ms: number): void {
    this.#move(ms);
  }

  /** The wall clock is set, as by a person or by NTP. */
  setWallClock(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  #move(ms: number): void {
    this.#monotonicMs += ms;
    this.#nowMs += ms;
  }
}
