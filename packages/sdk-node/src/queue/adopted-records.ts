import type { LeasedRecord } from '@holdfast/sdk-core/ports';
import { HeldRecord } from './held-record.js';
import type { QueueSection } from './queue-section.js';

/** What dead owners left in this queue: whoever waits for its end, and how much was delivered. */
export class AdoptedRecords {
  /** Events that the collector has got from here. */
  delivered = 0;
  readonly #sections: readonly QueueSection[];
  #waiting: { readonly ended: Promise<void>; readonly end: () => void } | undefined;
  #isClosed = false;

  constructor(sections: readonly QueueSection[]) {
    this.#sections = sections;
  }

  /** Resolves once none of them is in the queue any more. */
  settled(): Promise<void> {
    if (this.#isClosed || this.#left() === 0) return Promise.resolve();
    if (!this.#waiting) {
      let end = (): void => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      this.#waiting = { ended, end };
    }
    return this.#waiting.ended;
  }

  /** Notes that the collector has got one, if it is one of these. */
  noteDelivered({ key }: LeasedRecord): void {
    if (key instanceof HeldRecord && key.segment?.isAdopted) this.delivered++;
  }

  /** Records have left the queue. */
  check(): void {
    if (!this.#waiting || (!this.#isClosed && this.#left() > 0)) return;
    this.#waiting.end();
    this.#waiting = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.check();
  }

  #left(): number {
    return this.#sections.reduce((count, section) => count + section.adoptedCount, 0);
  }
}
