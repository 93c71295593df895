/**
 * Who the visitor is: anonymousId, userId and session, shared by the tabs of an origin through one
 * item of localStorage, because track() must know them at once.
 *
 * Invariants: nothing is written while `isPersistent` is false; localStorage that is missing or
 * refused costs only the memory of it. Item: JSON of {@link VisitorState} under the write key.
 */
import type { Clock } from '@holdfast/sdk-core';
import { quietly } from '@holdfast/sdk-core/quietly';
import * as browserLimits from './limits.js';

interface VisitorState {
  readonly anonymousId: string;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** When the session's last event was tracked, ms since the epoch. */
  readonly activeMs?: number;
}

export interface IdentityParts {
  /** Of its item. */
  readonly name: string;
  readonly clock: Clock;
  readonly newId: () => string;
}

export class Identity {
  readonly #parts: IdentityParts;
  #isPersistent: boolean;
  #state: VisitorState;
  #readMs: number;

  constructor(parts: IdentityParts, isPersistent: boolean) {
    this.#parts = parts;
    this.#isPersistent = isPersistent;
    this.#readMs = parts.clock.nowMs();
    this.#state = this.#read() ?? this.#make();
    this.#refresh(this.#readMs);
  }

  get anonymousId(): string {
    return this.#state.anonymousId;
  }

  get userId(): string | undefined {
    return this.#state.userId;
  }

  set userId(userId: string) {
    this.#save({ ...this.#state, userId });
  }

  /** The session that an event of now belongs to. */
  touch(): string {
    const nowMs = this.#parts.clock.nowMs();
    if (Math.abs(nowMs - this.#readMs) >= browserLimits.identityRefreshMs) {
      this.#readMs = nowMs;
      this.#state = this.#read() ?? this.#state;
      this.#refresh(nowMs);
    }
    return this.#state.sessionId!;
  }

  /** Another visitor: new anonymousId and session, no userId. */
  reset(): void {
    this.#state = this.#make();
    this.#refresh(this.#parts.clock.nowMs());
  }

  /** Whether the visitor may be remembered; if not, what was written is removed. */
  persist(isPersistent: boolean): void {
    this.#isPersistent = isPersistent;
    if (isPersistent) this.#save(this.#state);
    else quietly(() => localStorage.removeItem(this.#parts.name));
  }

  #make(): VisitorState {
    return { anonymousId: this.#parts.newId() };
  }

  /** Notes an event, and begins a new session if the last one was long ago. */
  #refresh(activeMs: number): void {
    const { sessionId, activeMs: lastMs } = this.#state;
    const isOver = !sessionId || activeMs - (lastMs ?? 0) > browserLimits.sessionIdleMs;
    this.#save({ ...this.#state, sessionId: isOver ? this.#parts.newId() : sessionId, activeMs });
  }

  #read(): VisitorState | undefined {
    return quietly(() => {
      const state = JSON.parse(localStorage.getItem(this.#parts.name) ?? '') as VisitorState;
      return state.anonymousId ? state : undefined;
    });
  }

  #save(state: VisitorState): void {
    this.#state = state;
    if (!this.#isPersistent) return;
    quietly(() => localStorage.setItem(this.#parts.name, JSON.stringify(state)));
  }
}
