/**
 * One sender for each origin and write key: the tab that holds a Web Lock.
 *
 *            request             granted              a visible tab asks a hidden one
 *     idle ──────────► waiting ──────────► holding ─────────────────────────────────► leaving
 *      ▲                │   ▲                │  │                                       │
 *      │                │   └── robbed ──────┘  │      nothing is under way any more,   │
 *      │                │   └───────────────────│────── lets go, and waits again ───────┤
 *      └── release ─────┴───────────────────────┴───────────────────────────────────────┘
 *
 * A visible tab that waits and whose question stays unanswered requests the lock anew, by theft.
 *
 * Invariants:
 * - Every tab that wants to send waits in the lock's queue, so a closed or crashed holder is
 *   followed at once.
 * - A hidden holder ends its request under way and leaves the lock to a visible tab that asks.
 * - A holder that leaves a question unanswered for `wakeTimeoutMs` (frozen, stuck in a loop) is
 *   robbed by the visible tab that asked. It notices before its next send: `confirm`.
 * - Two senders at a time cost copies on the wire, which the collector discards; never an event.
 *
 * Without Web Locks (pages of an insecure origin, sandboxed frames) every tab sends.
 */
import type { Clock } from '@holdfast/sdk-core';
import * as browserLimits from './limits.js';
import type { TabChannel } from './tab-channel.js';

export interface SenderLockParts {
  readonly name: string;
  readonly clock: Clock;
  readonly channel: TabChannel;
  readonly isVisible: () => boolean;
  /** This tab is the sender now. */
  readonly onAcquired: () => void;
  /** It is no more. */
  readonly onLost: () => void;
  /** Ends what is under way before the lock is left to another tab. */
  readonly beforeLeaving: () => Promise<void>;
}

export class SenderLock {
  readonly #parts: SenderLockParts;
  #locks: LockManager | undefined = globalThis.navigator?.locks;
  /** Withdraws a request that waits; undefined while none does. */
  #waiting: AbortController | undefined;
  /** Lets the lock go; undefined while it is not held. */
  #letGo: (() => void) | undefined;
  /** What the browser calls this tab among the holders of locks. */
  #clientId: string | undefined;
  #isLeaving = false;
  #isWanted = false;
  #cancelTheft: (() => void) | undefined;

  constructor(parts: SenderLockParts) {
    this.#parts = parts;
    parts.channel.onMessage((message) => {
      if (message.kind === 'ask' && this.#letGo) this.#reply(message.isVisible);
      if (message.kind === 'here') this.#calm();
    });
  }

  get isHeld(): boolean {
    return this.#letGo !== undefined;
  }

  /** Wants to be the sender from now on. */
  request(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    void this.#hold(false);
  }

  /** Wants it no more. */
  release(): void {
    this.#isWanted = false;
    this.#calm();
    this.#waiting?.abort();
    this.#letGo?.();
    this.#lost();
  }

  /** Asks whether the holder is alive: there is something to send. */
  ask(): void {
    if (!this.#isWanted || this.#letGo || !this.#locks) return;
    this.#parts.channel.post({ kind: 'ask', isVisible: this.#parts.isVisible() });
    this.#cancelTheft ??= this.#parts.clock.schedule(browserLimits.wakeTimeoutMs, () => {
      this.#cancelTheft = undefined;
      if (this.#isWanted && !this.#letGo && this.#parts.isVisible()) void this.#hold(true);
    });
  }

  /** Whether this tab holds the lock still; what it believes may be out of date after a freeze. */
  async confirm(): Promise<boolean> {
    if (!this.#letGo || this.#isLeaving) return false;
    return !this.#locks || (await this.#holderId()) === this.#clientId;
  }

  async #hold(mayRob: boolean): Promise<void> {
    const { name } = this.#parts;
    this.#waiting?.abort();
    const waiting = new AbortController();
    this.#waiting = waiting;
    const options = mayRob ? { steal: true } : { signal: waiting.signal };
    try {
      await (this.#locks
        ? this.#locks.request(name, options, () => this.#held(waiting))
        : this.#held(waiting));
    } catch (cause) {
      // Withdrawn while it waited, or robbed while it held: both end here like a release. Any
      // other failure says that locks cannot be used here (a sandboxed frame).
      if ((cause as Error).name !== 'AbortError') this.#locks = undefined;
    }
    if (this.#waiting !== waiting) return;
    this.#waiting = undefined;
    this.#lost();
    if (this.#isWanted) void this.#hold(false);
  }

  #lost(): void {
    if (!this.#letGo) return;
    this.#letGo = undefined;
    this.#parts.onLost();
  }

  /** Runs when the lock is granted; holds it until the returned promise resolves. */
  async #held(waiting: AbortController): Promise<void> {
    if (this.#waiting !== waiting || !this.#isWanted) return;
    const released = new Promise<void>((resolve) => {
      this.#letGo = resolve;
    });
    this.#isLeaving = false;
    this.#calm();
    this.#clientId = await this.#holderId();
    this.#parts.onAcquired();
    await released;
  }

  async #holderId(): Promise<string | undefined> {
    const state = await this.#locks?.query();
    return state?.held?.find(({ name }) => name === this.#parts.name)?.clientId;
  }

  #reply(isAskerVisible: boolean): void {
    this.#parts.channel.post({ kind: 'here' });
    if (!isAskerVisible || this.#parts.isVisible() || this.#isLeaving) return;
    this.#isLeaving = true;
    void this.#parts.beforeLeaving().then(() => this.#letGo?.());
  }

  #calm(): void {
    this.#cancelTheft?.();
    this.#cancelTheft = undefined;
  }
}
