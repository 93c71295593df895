import type { Clock } from '@holdfast/sdk-core';

/** Time that passes only when the test says so. */
export class ManualClock implements Clock {
  #nowMs = 1_800_000_000_000;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  defer(callback: () => void): void {
    queueMicrotask(callback);
  }

  /** Lets time pass, and what is due happen. */
  async pass(durationMs: number): Promise<void> {
    this.#nowMs += durationMs;
    for (const timer of [...this.#timers].sort((a, b) => a.atMs - b.atMs)) {
      if (timer.atMs > this.#nowMs || !this.#timers.delete(timer)) continue;
      timer.callback();
      await settled();
    }
  }

  /** Sets the wall clock, as a user does. */
  set(nowMs: number): void {
    this.#nowMs = nowMs;
  }
}

/** Lets everything happen that waits for promises alone. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 200; round++) await Promise.resolve();
}
