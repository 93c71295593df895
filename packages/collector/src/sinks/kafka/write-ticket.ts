import type { SinkOutcome } from '../event-sink.js';

const late: SinkOutcome = { kind: 'retry', code: 'partition_unavailable' };

/** Gathers the outcomes of one write. Each event gets its first outcome; a later one is void. */
export class WriteTicket {
  readonly done: Promise<readonly SinkOutcome[]>;
  readonly #outcomes: (SinkOutcome | undefined)[];
  #missing: number;
  #finish: (outcomes: readonly SinkOutcome[]) => void = () => undefined;

  constructor(count: number) {
    this.#outcomes = new Array<SinkOutcome | undefined>(count).fill(undefined);
    this.#missing = count;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    if (count === 0) this.#finish([]);
  }

  /** Nobody waits for this write any more. */
  get isDone(): boolean {
    return this.#missing === 0;
  }

  settle(index: number, outcome: SinkOutcome): void {
    if (this.#outcomes[index] !== undefined) return;
    this.#outcomes[index] = outcome;
    this.#missing--;
    if (this.#missing === 0) this.#finish(this.#outcomes as SinkOutcome[]);
  }

  /** Whatever has no outcome yet is answered `retry`: it may be stored all the same. */
  expire(): void {
    this.#outcomes.forEach((_, index) => {
      this.settle(index, late);
    });
  }
}
