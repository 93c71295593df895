/**
 * Resilience4j's count-based circuit breaker, exactly.
 *
 * Closed: the last `windowSize` outcomes count. There is no rate before `minimumCalls` of them
 * (or a full window, if that is less). After every outcome, successes too, a rate of
 * `failureRate` or more opens it.
 * Open: calls are refused. The first call after `openMs` makes it half-open; nothing else does.
 * Half-open: a fresh window of `halfOpenCalls`, and as many permits; further calls are refused.
 * It decides once it has a rate: open again, or closed with a fresh window.
 *
 * Refused calls are not recorded. A permitted call must always be recorded, so it needs a timeout:
 * a hung one would hold half-open for ever.
 */
export interface CircuitBreakerOptions {
  /** Opens at this share of failures, 0 to 1. */
  readonly failureRate: number;
  readonly windowSize: number;
  readonly minimumCalls: number;
  readonly openMs: number;
  readonly halfOpenCalls: number;
}

export const circuitStates = ['closed', 'open', 'half-open'] as const;
export type CircuitState = (typeof circuitStates)[number];

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  readonly #monotonicMs: () => number;
  #state: CircuitState = 'closed';
  #outcomes: OutcomeWindow;
  #openedAtMs = 0;
  #permits = 0;

  /** `monotonicMs` must never go back. */
  constructor(options: CircuitBreakerOptions, monotonicMs: () => number) {
    this.#options = options;
    this.#monotonicMs = monotonicMs;
    this.#outcomes = new OutcomeWindow(options.windowSize, options.minimumCalls);
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** How long calls will surely be refused, ms; 0 if one might be let through now. */
  get refusesForMs(): number {
    if (this.#state !== 'open') return 0;
    return Math.max(0, this.#openedAtMs + this.#options.openMs - this.#monotonicMs());
  }

  /** Asks to make one call. If true, its outcome must be recorded. */
  permit(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'open') {
      if (this.refusesForMs > 0) return false;
      this.#halfOpen();
    }
    if (this.#permits === 0) return false;
    this.#permits--;
    return true;
  }

  record(isSuccess: boolean): void {
    const failureRate = this.#outcomes.add(isSuccess);
    if (failureRate === undefined || this.#state === 'open') return;
    if (failureRate >= this.#options.failureRate) this.#open();
    else if (this.#state === 'half-open') this.#close();
  }

  #open(): void {
    this.#state = 'open';
    this.#openedAtMs = this.#monotonicMs();
  }

  #halfOpen(): void {
    const { halfOpenCalls, minimumCalls } = this.#options;
    this.#state = 'half-open';
    this.#permits = halfOpenCalls;
    this.#outcomes = new OutcomeWindow(halfOpenCalls, minimumCalls);
  }

  #close(): void {
    const { windowSize, minimumCalls } = this.#options;
    this.#state = 'closed';
    this.#outcomes = new OutcomeWindow(windowSize, minimumCalls);
  }
}

/** The last `size` outcomes in a ring. */
class OutcomeWindow {
  readonly #isFailure: boolean[] = [];
  readonly #size: number;
  readonly #minimum: number;
  #next = 0;
  #failures = 0;

  constructor(size: number, minimumCalls: number) {
    this.#size = size;
    this.#minimum = Math.min(size, minimumCalls);
  }

  /** The share of failures, or undefined while there are too few outcomes. */
  add(isSuccess: boolean): number | undefined {
    if (this.#isFailure[this.#next]) this.#failures--;
    this.#isFailure[this.#next] = !isSuccess;
    if (!isSuccess) this.#failures++;
    this.#next = (this.#next + 1) % this.#size;
    const count = this.#isFailure.length;
    return count < this.#minimum ? undefined : this.#failures / count;
  }
}
