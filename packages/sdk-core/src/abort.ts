import type { AbortFlag } from './ports.js';

/** AbortController is a platform type; this is all of it that a request needs. */
export class Abort implements AbortFlag {
  #isAborted = false;
  #listeners: (() => void)[] = [];

  get isAborted(): boolean {
    return this.#isAborted;
  }

  onAbort(listener: () => void): void {
    if (this.#isAborted) listener();
    else this.#listeners.push(listener);
  }

  abort(): void {
    this.#isAborted = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
