/**
 * What the simulation knows for sure: every event that an app tracked, what it was promised of it,
 * and what became of it by the client's own words. Breaches of invariants are gathered here.
 */
import type { DropReason } from '@holdfast/protocol';
import type { Durability } from '@holdfast/sdk-core/ports';
import type { Trace } from './trace.js';

/** `poison`: a collector refuses it for good. `unfit`: the client cannot or must not keep it. */
export type EventKind = 'sound' | 'poison' | 'unfit';

/** Longer than a collector takes. */
export const poisonUserId = 'x'.repeat(600);

export interface TrackedEvent {
  readonly eventId: string;
  readonly client: ClientBook;
  readonly seq: number;
  readonly kind: EventKind;
  readonly trackedAtMs: number;
  /** What stored() promised, and when. */
  stored?: { readonly durability: Durability; readonly atMs: number };
  deliveredAtMs?: number;
  rejectedCode?: string;
  droppedReason?: DropReason;
  /** Taken out of the durable queue, verdict written. */
  settledAtMs?: number;
  /** When the last request that held it ended. */
  triedAtMs?: number;
  /** Why it may be lost although it was stored. */
  excuse?: 'power' | 'lying';
}

/** Where clients keep their queues: a machine, a browser's origin. */
export interface Place {
  readonly name: string;
  /** When its storage failed last. */
  readonly lastFaultMs: number;
  readonly lastPowerLossMs: number;
}

export interface Breach {
  readonly invariant: string;
  readonly text: string;
  readonly eventIds: readonly string[];
}

/** At most so many breaches are kept of one run: the first ones tell. */
const maxBreaches = 20;

export class Ledger {
  readonly clients: ClientBook[] = [];
  readonly breaches: Breach[] = [];
  readonly #events = new Map<string, TrackedEvent>();
  readonly #nowMs: () => number;
  readonly #trace: Trace;
  /** Somebody stood still: whoever took over may send what was settled meanwhile. */
  hasStoodStill = false;
  flushes = 0;
  promises = 0;

  constructor(nowMs: () => number, trace: Trace) {
    this.#nowMs = nowMs;
    this.#trace = trace;
  }

  get nowMs(): number {
    return this.#nowMs();
  }

  get events(): Iterable<TrackedEvent> {
    return this.#events.values();
  }

  get trackedCount(): number {
    return this.#events.size;
  }

  get storedCount(): number {
    let count = 0;
    for (const { stored } of this.#events.values()) if (stored) count++;
    return count;
  }

  find(eventId: string): TrackedEvent | undefined {
    return this.#events.get(eventId);
  }

  open(name: string, queueId: string, place: Place): ClientBook {
    const client = new ClientBook(this, name, queueId, place);
    this.clients.push(client);
    return client;
  }

  tracked(event: TrackedEvent): void {
    if (this.#events.has(event.eventId)) {
      this.breach('unique ids', `two events with the id ${event.eventId}`, [event.eventId]);
    }
    this.#events.set(event.eventId, event);
  }

  breach(invariant: string, text: string, eventIds: readonly string[] = []): void {
    this.#trace.note(`BREACH ${invariant}: ${text}`, () => eventIds);
    if (this.breaches.length < maxBreaches) this.breaches.push({ invariant, text, eventIds });
  }

  note(text: string, about?: () => readonly string[]): void {
    this.#trace.note(text, about);
  }
}

/** What is known of one client instance. */
export class ClientBook {
  readonly ledger: Ledger;
  readonly name: string;
  readonly queueId: string;
  readonly place: Place;
  readonly events: TrackedEvent[] = [];
  /** Drops of its own and of adopted events, by reason, as its diagnostics told. */
  readonly drops = new Map<DropReason, number>();
  lastDropReason: DropReason | undefined;
  /** How it ended; undefined: it lives. */
  end: 'killed' | 'closed' | undefined;
  readonly backoffsMs: number[] = [];

  constructor(ledger: Ledger, name: string, queueId: string, place: Place) {
    this.ledger = ledger;
    this.name = name;
    this.queueId = queueId;
    this.place = place;
  }

  tracked(eventId: string, kind: EventKind): TrackedEvent {
    const trackedAtMs = this.ledger.nowMs;
    const event = { eventId, client: this, seq: this.events.length + 1, kind, trackedAtMs };
    this.events.push(event);
    this.ledger.tracked(event);
    return event;
  }

  /** stored() resolved for all that was tracked up to `lastSeq`. */
  stored(lastSeq: number, durability: Durability): void {
    this.ledger.promises++;
    const atMs = this.ledger.nowMs;
    for (const event of this.events.slice(0, lastSeq)) {
      if (!event.droppedReason && !event.rejectedCode) event.stored ??= { durability, atMs };
    }
  }

  dropped(reason: DropReason, count: number, eventId: string | undefined): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + count);
    this.lastDropReason = reason;
    const event = eventId === undefined ? undefined : this.ledger.find(eventId);
    if (event) event.droppedReason = reason;
    this.ledger.note(`${this.name} drops ${count} ${reason}`, () => (eventId ? [eventId] : []));
  }
}
