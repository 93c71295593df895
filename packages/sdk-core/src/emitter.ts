import type { DropReason } from '@holdfast/protocol';
import { AnalyticsError, type ErrorCode } from './errors.js';

/** What a client tells about itself; see {@link Emitter.on}. */
export interface Diagnostics {
  /** So many events are stored at the durability in force. */
  stored: { readonly count: number };
  /** The collector has them, for the first time or (duplicates) already had. */
  delivered: { readonly eventIds: readonly string[]; readonly endpoint: string };
  /** The collector refused one for good; it is kept as a dead letter. */
  rejected: {
    readonly eventId: string;
    readonly code: string;
    readonly detail?: string | undefined;
  };
  /** Given up by the client; the collector is told by an event of type `report`. */
  dropped: { readonly reason: DropReason; readonly count: number; readonly eventId?: string };
  /** An attempt failed; the next follows in `afterMs`. */
  retrying: { readonly endpoint: string; readonly afterMs: number; readonly cause: string };
  error: AnalyticsError;
}

export type Listener<Name extends keyof Diagnostics> = (detail: Diagnostics[Name]) => void;

/** Diagnostics' listeners. A listener that throws is reported to `error`, never let through. */
export class Emitter {
  readonly #listeners = new Set<
    | readonly [keyof Diagnostics, (detail: never) => void]
    | readonly [undefined, (name: string, detail: unknown) => void]
  >();

  on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void {
    const entry = [name, listener] as const;
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  /** Listens to all diagnostics, each with its name. */
  onAll(listener: (name: string, detail: unknown) => void): void {
    this.#listeners.add([undefined, listener]);
  }

  emit<Name extends keyof Diagnostics>(name: Name, detail: Diagnostics[Name]): void {
    for (const [heard, listener] of this.#listeners) {
      try {
        if (!heard) listener(name, detail);
        else if (heard === name) (listener as Listener<Name>)(detail);
      } catch (cause) {
        // An `error` listener that throws has nobody left to be reported to.
        if (name !== 'error') this.report('callback_failed', `a '${name}' listener threw`, cause);
      }
    }
  }

  /** Says that something is wrong, through the `error` diagnostic. */
  report(code: ErrorCode, message: string, cause?: unknown): void {
    this.emit('error', new AnalyticsError(code, message, cause));
  }
}
