/**
 * Remembers which events the sinks already hold, so that a resent copy is answered without being
 * written again. Only a saving: the storage tier deduplicates for good, so a forgotten event costs
 * a copy, never a wrong count, and a lookup that fails says "not seen".
 *
 * Invariant: an event is marked only after every sink has stored it. Marked before, a failed write
 * would turn the client's retry into a loss.
 */

/**
 * What dedup compares, see `idDay` in the protocol, and the event's place in its client's queue: an
 * app may track its own eventId twice, and of the second number nobody would know if its copy did
 * not reach the storage tier, which alone decides what is one event.
 */
export interface EventKey {
  readonly source: string;
  readonly idDay: string;
  readonly eventId: string;
  readonly queue?: string;
}

/** A prefilter, in memory or elsewhere. Both calls fail open: they never reject. */
export interface SeenEvents {
  /** For each key whether it was marked. */
  find(keys: readonly EventKey[]): Promise<readonly boolean[]>;
  mark(keys: readonly EventKey[]): Promise<void>;
}

/**
 * One text for a key: neither a source nor an eventId can hold a line feed. Joined, not written as
 * a template, which V8 keeps as a tree of its parts: of many keys that is two thirds more memory.
 */
export function eventKeyText(key: EventKey): string {
  return [key.source, key.idDay, key.eventId, key.queue ?? ''].join('\n');
}
