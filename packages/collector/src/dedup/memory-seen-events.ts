import type { SeenEvents } from './seen-events.js';

/** Holds at least the last `maxEvents / 2` marked keys, at most `maxEvents`. */
export class MemorySeenEvents implements SeenEvents {
  readonly #halfSize: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(maxEvents: number) {
    this.#halfSize = Math.max(1, Math.floor(maxEvents / 2));
  }

  async find(keys: readonly string[]): Promise<readonly boolean[]> {
    return keys.map((key) => this.#young.has(key) || this.#old.has(key));
  }

  async mark(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      if (this.#young.size >= this.#halfSize) {
        this.#old = this.#young;
        this.#young = new Set();
      }
      this.#young.add(key);
    }
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
