/**
 * Puts events into every sink, each once as far as this process knows.
 *
 * Invariants: an event that is under way is claimed here before anything is awaited, so a copy that
 * arrives meanwhile waits for the first one's outcome. The order is: stored by every sink, marked
 * as seen, claim released, answered. A batch awaits copies only after its own claims are released,
 * so two batches that hold copies of each other's events cannot wait for one another.
 *
 * The claims need no bound of their own: each belongs to a request, and those are bounded in bytes.
 */
import type { AcceptedEvent } from '@holdfast/protocol';
import type { EventSink, SinkOutcome } from '../sinks/event-sink.js';
import type { SeenEvents } from './seen-events.js';

/** What became of one event. `duplicate`: the sinks had it before, or have it from a copy. */
export type StoreOutcome = SinkOutcome | { readonly kind: 'duplicate' };

/** An event under way. */
interface Claim {
  readonly isReleased: Promise<void>;
  outcome: StoreOutcome;
}

const stored: SinkOutcome = { kind: 'stored' };
const duplicate: StoreOutcome = { kind: 'duplicate' };
const unavailable: SinkOutcome = { kind: 'retry', code: 'sink_unavailable' };

export class StoreOnce {
  readonly #sinks: readonly EventSink[];
  readonly #seen: SeenEvents;
  readonly #claims = new Map<string, Claim>();

  constructor(sinks: readonly EventSink[], seen: SeenEvents) {
    this.#sinks = sinks;
    this.#seen = seen;
  }

  /** One outcome an event, in their order. */
  async store(events: readonly AcceptedEvent[]): Promise<readonly StoreOutcome[]> {
    let release: () => void = () => undefined;
    const isReleased = new Promise<void>((resolve) => {
      release = resolve;
    });
    const keys = events.map(eventKey);
    const own = new Map<number, Claim>();
    const claims = keys.map((key, index) => {
      const earlier = this.#claims.get(key);
      if (earlier !== undefined) return earlier;
      const claim: Claim = { isReleased, outcome: unavailable };
      this.#claims.set(key, claim);
      own.set(index, claim);
      return claim;
    });
    try {
      await this.#settle(events, keys, own);
    } finally {
      for (const index of own.keys()) this.#claims.delete(keys[index]!);
      release();
    }
    return Promise.all(claims.map((claim, i) => (own.has(i) ? claim.outcome : ofCopy(claim))));
  }

  /** Gives each claim its outcome. */
  async #settle(
    events: readonly AcceptedEvent[],
    keys: readonly string[],
    own: ReadonlyMap<number, Claim>,
  ): Promise<void> {
    const claimed = [...own.keys()];
    const wasSeen = await this.#seen.find(claimed.map((index) => keys[index]!));
    const places = claimed.filter((_, i) => wasSeen[i] !== true);
    const fresh = places.map((index) => events[index]!);
    const outcomes = fresh.length === 0 ? [] : await this.#write(fresh);
    const kept = places.filter((_, i) => outcomes[i]?.kind === 'stored');
    await this.#seen.mark(kept.map((index) => keys[index]!));
    let next = 0;
    claimed.forEach((index, i) => {
      const outcome = wasSeen[i] === true ? duplicate : (outcomes[next++] ?? unavailable);
      own.get(index)!.outcome = outcome;
    });
  }

  /** Stored only if every sink stored it; else what the first sink without it says. */
  async #write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]> {
    const bySink = await Promise.all(this.#sinks.map((sink) => sink.write(events)));
    return events.map((_, i) => {
      for (const outcomes of bySink) {
        const outcome = outcomes[i] ?? unavailable;
        if (outcome.kind !== 'stored') return outcome;
      }
      return stored;
    });
  }
}

/**
 * What dedup compares, as one text: see `idDay` in the protocol, and the event's place in its
 * client's queue, because an app may track its own eventId twice, and of the second number nobody
 * would know if its copy did not reach the storage tier, which alone decides what is one event.
 * Neither a source nor an eventId can hold a line feed. Joined, not written as a template, which V8
 * keeps as a tree of its parts: of many keys that is two thirds more memory.
 */
function eventKey(event: Pick<AcceptedEvent, 'source' | 'idDay' | 'eventId' | 'queue'>) {
  return [event.source, event.idDay, event.eventId, event.queue ?? ''].join('\n');
}

async function ofCopy(claim: Claim): Promise<StoreOutcome> {
  await claim.isReleased;
  return claim.outcome.kind === 'retry' ? claim.outcome : duplicate;
}
