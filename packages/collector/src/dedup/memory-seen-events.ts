import { type EventKey, eventKeyText, type SeenEvents } from './seen-events.js';

/** Holds at least the last `maxEvents / 2` marked keys, at most `maxEvents`. */
export class MemorySeenEvents implements SeenEvents {
  readonly #halfSize: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(maxEvents: number) {
    this.#halfSize = Math.max(1, Math.floor(maxEvents / 2));
  }

  async find(keys: readonly EventKey[]): Promise<readonly boolean[]> {
    return keys.map((key) => {
      const text = eventKeyText(key);
      return this.#young.has(text) || this.#old.has(text);
    });
  }

  async mark(keys: readonly EventKey[]): Promise<void> {
    for (const key of keys) {
      if (this.#young.size >= this.#halfSize) {
        this.#old = this.#young;
        this.#young = new Set();
      }
      this.#young.add(eventKeyText(key));
    }
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
