import type { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';

/**
 * One process or tab: it runs, stands still (SIGSTOP, a frozen tab) or is dead.
 *
 * Everything that the world brings to a process (timers, answers, finished I/O) goes through
 * `deliver`: at once while it runs, later while it stands still, never when it is dead. And every
 * port of a dead process is without effect. So a process can be killed between any two of its
 * effects, also in the middle of a synchronous call.
 */
export class Life {
  readonly name: string;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #held: (() => void)[] = [];
  readonly #onDeath: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  deliver(callback: () => void): void {
    if (this.#state === 'running') callback();
    else if (this.#state === 'paused') this.#held.push(callback);
  }

  /** A promise that settles as the process gets to see it: never, if it is dead by then. */
  seen<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.deliver(() => resolve(value)),
        (error: unknown) => this.deliver(() => reject(error)),
      );
    });
  }

  kill(): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    this.#held = [];
    for (const listener of this.#onDeath.splice(0)) listener();
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  /** Wakes it up: it goes on with what it was doing, `first`; then what arrived meanwhile comes in
   *  its order. */
  resume(first: () => void = () => undefined): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    const held = this.#held;
    this.#held = [];
    first();
    for (const callback of held) this.deliver(callback);
  }

  onDeath(listener: () => void): void {
    this.#onDeath.push(listener);
  }
}

/** The clock of one process: its wall clock may be wrong, its timers end with it. */
export class ProcessClock {
  readonly #world: VirtualClock;
  readonly #life: Life;
  /** How far this machine's wall clock is from the true time. */
  readonly #skewMs: () => number;

  constructor(world: VirtualClock, life: Life, skewMs: () => number = () => 0) {
    this.#world = world;
    this.#life = life;
    this.#skewMs = skewMs;
  }

  nowMs(): number {
    return Math.floor(this.#world.nowMs() + this.#skewMs());
  }

  monotonicMs(): number {
    return this.#world.monotonicMs();
  }

  schedule(delayMs: number, callback: () => void): () => void {
    if (this.#life.isDead) return () => undefined;
    let isCancelled = false;
    const cancel = this.#world.schedule(delayMs, () =>
      this.#life.deliver(() => {
        if (!isCancelled) callback();
      }),
    );
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  defer(callback: () => void): void {
    if (!this.#life.isDead) this.#world.defer(() => this.#life.deliver(callback));
  }
}
