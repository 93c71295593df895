/**
 * Remembers which events the sinks already hold, so that a resent copy is answered without being
 * written again. Only a saving: the storage tier deduplicates for good, so a forgotten event costs
 * a copy, never a wrong count, and a lookup that fails says "not seen".
 *
 * Invariant: an event is marked only after every sink has stored it. Marked before, a failed write
 * would turn the client's retry into a loss.
 */

/** A prefilter, in memory or elsewhere, of keys that `StoreOnce` makes: one text an event.
 *  Both calls fail open: they never reject. */
export interface SeenEvents {
  /** For each key whether it was marked. */
  find(keys: readonly string[]): Promise<readonly boolean[]>;
  mark(keys: readonly string[]): Promise<void>;
}
