const everyMs = 5_000;

/** Says now and then how far a run is. */
export class Progress {
  readonly #what: string;
  readonly #startedMs = performance.now();
  #saidMs = this.#startedMs;

  constructor(what: string) {
    this.#what = what;
  }

  get elapsedSeconds(): number {
    return Math.round((performance.now() - this.#startedMs) / 1_000);
  }

  /** Prints `text` if it is time for another line. */
  tell(text: string): void {
    if (performance.now() - this.#saidMs < everyMs) return;
    this.#saidMs = performance.now();
    console.log(`  ${this.#what}: ${text}, ${this.elapsedSeconds} s`);
  }
}
