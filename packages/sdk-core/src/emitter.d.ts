import type { DropReason } from '@holdfast/protocol';
import { AnalyticsError } from './errors.js';
/** What a client tells about itself; see {@link Emitter.on}. */
export interface Diagnostics {
  /** So many events are stored at the durability in force. */
  stored: {
    readonly count: number;
  };
  /** The collector has them, for the first time or (duplicates) already had. */
  delivered: {
    readonly eventIds: readonly string[];
    readonly endpoint: string;
  };
  /** The collector refused one for good; it is kept as a dead letter. */
  rejected: {
    readonly eventId: string;
    readonly code: string;
    readonly detail?: string | undefined;
  };
  /** Given up by the client; the collector is told by an event of type `report`. */
  dropped: {
    readonly reason: DropReason;
    readonly count: number;
    readonly eventId?: string;
  };
  /** An attempt failed; the next follows in `afterMs`. */
  retrying: {
    readonly endpoint: string;
    readonly afterMs: number;
    readonly cause: string;
  };
  error: AnalyticsError;
}
export type Listener<Name extends keyof Diagnostics> = (detail: Diagnostics[Name]) => void;
/** Diagnostics' listeners. A listener that throws is reported to `error`, never let through. */
export declare class Emitter {
  #private;
  on<Name extends keyof Diagnostics>(name: Name, listener: Listener<Name>): () => void;
  emit<Name extends keyof Diagnostics>(name: Name, detail: Diagnostics[Name]): void;
}
