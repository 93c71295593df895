import type { Priority } from '@holdfast/protocol';
import type { Endpoint } from './endpoints.js';
import type { AbortFlag, LeasedRecord } from './ports.js';

/** A batch under way. */
export interface Attempt {
  /** As it is claimed towards the collector. */
  readonly priority: Priority;
  readonly endpoint: Endpoint;
  readonly records: readonly LeasedRecord[];
  readonly startedAtMs: number;
  /** The last one of a page that goes away. */
  readonly isKeepalive: boolean;
  readonly abort: Abort;
}

/** AbortController is a platform type; this is all of it that a request needs. */
export class Abort implements AbortFlag {
  isAborted = false;
  #listeners: (() => void)[] = [];

  onAbort(listener: () => void): void {
    if (this.isAborted) listener();
    else this.#listeners.push(listener);
  }

  abort(): void {
    this.isAborted = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
