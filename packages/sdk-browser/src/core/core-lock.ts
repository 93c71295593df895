/**
 * One sender for each origin and write key: the tab that holds the Web Lock that the full client
 * asks for too.
 *
 * Invariants: a tab that wants to send waits in the lock's queue, also after it was robbed, so a
 * closed or crashed holder is followed at once; one that stands still (frozen, or kept for the
 * back button) neither holds the lock nor waits for it. Two senders at a time cost copies on the
 * wire, which the collector discards; never an event.
 *
 * Without Web Locks (pages of an insecure origin, sandboxed frames) every tab sends.
 */
export class CoreLock {
  readonly #name: string;
  readonly #onTurn: () => void;
  #locks: LockManager | undefined = globalThis.navigator?.locks;
  /** Withdraws this tab's wish to send; undefined while it has none. */
  #wish: AbortController | undefined;
  isHeld = false;

  /** `onTurn` is told when this tab becomes the sender, and when it ceases to be. */
  constructor(name: string, onTurn: () => void) {
    this.#name = name;
    this.#onTurn = onTurn;
  }

  /** Wants to be the sender from now on. */
  async request(): Promise<void> {
    if (this.#wish) return;
    const wish = new AbortController();
    const { signal } = wish;
    this.#wish = wish;
    const hold = () => {
      this.#turn(true);
      return new Promise((resolve) => {
        signal.onabort = resolve;
      });
    };
    while (!signal.aborted) {
      try {
        await (this.#locks ? this.#locks.request(this.#name, { signal }, hold) : hold());
      } catch (cause) {
        if ((cause as Error).name !== 'AbortError') this.#locks = undefined;
      }
      if (!signal.aborted) this.#turn(false);
    }
  }

  /** Wants it no more. */
  release(): void {
    this.#wish?.abort();
    this.#wish = undefined;
    this.#turn(false);
  }

  #turn(isHeld: boolean): void {
    this.isHeld = isHeld;
    this.#onTurn();
  }
}
