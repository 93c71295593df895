/** A client as the app in the simulation uses it, whatever platform it runs on. */
import type { AnalyticsEvent, Priority } from '@holdfast/protocol';
import { maxEventBytes } from '@holdfast/protocol';
import type { ClientCore, CoreOptions, FlushReport } from '@holdfast/sdk-core';
import type { EventStore } from '@holdfast/sdk-core/ports';
import type { SeededRandom } from '../../support/seeded-random.js';
import { type ClientBook, type EventKind, poisonUserId, type TrackedEvent } from '../ledger.js';
import type { Life } from '../models/life.js';
import type { StorageTier } from '../storage-tier.js';

export interface LiveClientParts {
  readonly core: ClientCore;
  readonly life: Life;
  readonly book: ClientBook;
  readonly options: CoreOptions;
  /** Undefined: memory alone. */
  readonly store: EventStore | undefined;
  readonly random: SeededRandom;
  readonly storage: StorageTier;
}

const shares = { low: 0.8, normal: 0.9, critical: 1 } as const;

/** The rule of the simulated app: events that say so are filtered. */
export function filterSome(event: AnalyticsEvent): AnalyticsEvent | null {
  return event.event === 'Filtered' ? null : event;
}

export class LiveClient {
  readonly parts: LiveClientParts;
  #closing: Promise<void> | undefined;

  constructor(parts: LiveClientParts) {
    this.parts = parts;
    const { core, life, book } = parts;
    const { ledger } = book;
    const alive = (work: () => void) => !life.isDead && work();
    core.on('dropped', ({ reason, count, eventId }) =>
      alive(() => book.dropped(reason, count, eventId)),
    );
    core.on('rejected', ({ eventId, code }) =>
      alive(() => {
        const event = ledger.find(eventId);
        if (event) event.rejectedCode ??= code;
        ledger.note(`${book.name} is refused ${code}`, () => [eventId]);
      }),
    );
    core.on('delivered', ({ eventIds }) =>
      alive(() => {
        for (const eventId of eventIds) {
          const event = ledger.find(eventId);
          if (event) event.deliveredAtMs ??= ledger.nowMs;
        }
      }),
    );
    core.on('retrying', ({ afterMs, cause }) =>
      alive(() => {
        // Where nobody ordered a wait, the wait is the client's own.
        if (/^(timeout|E[A-Z]+)$/.test(cause)) book.backoffsMs.push(afterMs);
      }),
    );
    core.on('error', (error) =>
      alive(() => {
        ledger.note(`${book.name} says ${error.code}`);
        if (error.code === 'internal') ledger.breach('no bug of ours', error.message);
      }),
    );
  }

  get isUsable(): boolean {
    return this.parts.life.isRunning && this.parts.book.end === undefined;
  }

  /** Tracks some events in one turn, as an app does. */
  track(count: number, share: { readonly poison: number; readonly unfit: number }): void {
    for (let n = 0; n < count && this.isUsable; n++) {
      const { random } = this.parts;
      const chance = random.fraction();
      if (chance < share.poison) this.#accept('poison', { userId: poisonUserId });
      else if (chance < share.poison + share.unfit) this.#unfit();
      else this.#accept('sound', { userId: `u-${Math.floor(random.fraction() * 40)}` });
    }
  }

  /** Waits for stored(), and notes what it promised. */
  async stored(): Promise<void> {
    const { core, life, book } = this.parts;
    const lastSeq = book.events.length;
    try {
      await core.stored();
    } catch (error) {
      book.ledger.breach('nothing rejects', `stored(): ${error}`);
    }
    if (life.isDead || book.end === 'killed') return;
    book.stored(lastSeq, core.durability);
    book.ledger.note(`${book.name} has stored up to ${lastSeq}`);
  }

  async flush(timeoutMs: number): Promise<void> {
    const { core, life, book } = this.parts;
    const { ledger } = book;
    const before = { lastSeq: book.events.length, atMs: ledger.nowMs };
    ledger.flushes++;
    try {
      const report = await core.flush({ timeoutMs });
      if (!life.isDead) this.#checkReport(report, before, timeoutMs, 'flush');
    } catch (error) {
      ledger.breach('nothing rejects', `flush(): ${error}`);
    }
  }

  /** A second call gets the first one's report. */
  shutdown(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    const { core, life, book } = this.parts;
    const { ledger } = book;
    const before = { lastSeq: book.events.length, atMs: ledger.nowMs };
    try {
      const report = await core.shutdown({ timeoutMs });
      if (life.isDead) return;
      this.#checkReport(report, before, timeoutMs, 'shutdown');
    } catch (error) {
      ledger.breach('nothing rejects', `shutdown(): ${error}`);
    }
    book.end = 'closed';
    // What it did not give up is in the queue of the next process.
    if (!book.drops.has('shut_down')) book.stored(book.events.length, core.durability);
    ledger.note(`${book.name} is shut down`);
  }

  #unfit(): void {
    const { random } = this.parts;
    const chance = random.fraction();
    if (chance < 0.3) this.#accept('unfit', { properties: { big: 10n } });
    else if (chance < 0.6) {
      this.#accept('unfit', { properties: { text: 'y'.repeat(maxEventBytes) } });
    } else this.#accept('unfit', { event: 'Filtered' });
  }

  #accept(kind: EventKind, changes: Record<string, unknown>): void {
    const { core, book, random, options, store } = this.parts;
    const chance = random.fraction();
    const priority: Priority = chance < 0.15 ? 'low' : chance < 0.25 ? 'critical' : 'normal';
    const text = 'z'.repeat(Math.floor(random.fraction() ** 3 * 900));
    const before = store?.usage().bytes ?? 0;
    const dropsBefore = sum(book.drops.values());
    try {
      const eventId = core.accept({
        ...{ type: 'track', event: 'Tested', userId: 'u', priority, properties: { text } },
        ...changes,
      });
      // The diagnostics of a drop come before the id is known here.
      const event = book.tracked(eventId, kind);
      if (sum(book.drops.values()) > dropsBefore) event.droppedReason ??= book.lastDropReason!;
      else if (before > options.maxQueueBytes * shares[priority]) {
        const text = `${book.name} took an event beyond ${before} bytes`;
        book.ledger.breach('bounds', text, [eventId]);
      }
    } catch (error) {
      book.ledger.breach('nothing rejects', `track(): ${error}`);
    }
  }

  #checkReport(
    report: FlushReport,
    before: { readonly lastSeq: number; readonly atMs: number },
    timeoutMs: number,
    call: string,
  ): void {
    const { book, storage } = this.parts;
    const { ledger } = book;
    const { delivered, rejected, pending, dropped } = report;
    const total = delivered + rejected + pending + dropped;
    const text = `${book.name} ${call}() of ${before.lastSeq}: ${JSON.stringify(report)}`;
    ledger.note(text);
    const say = (what: string, ids: readonly string[] = []) =>
      ledger.breach('a flush report is true', `${text}; ${what}`, ids);
    if (total < before.lastSeq || total > book.events.length) say(`${total} in all`);
    const own = book.events.slice(0, total);
    const counted = own.filter(({ eventId }) => storage.isCounted(eventId)).length;
    if (delivered > counted) say(`only ${counted} are counted`);
    const refused = own.filter(({ rejectedCode }) => rejectedCode !== undefined).length;
    if (rejected > own.filter(({ kind }) => kind === 'poison').length) say('too many rejected');
    if (rejected < refused && pending === 0) say(`${refused} were rejected`);
    if (pending < 0) say('less than nothing is pending');
    const lost = lostAtShutdown(book);
    if (call === 'shutdown' && dropped < lost) say(`${lost} were lost with the process`);
    // What is neither settled nor at its deadline was tried since.
    if (ledger.nowMs - before.atMs >= timeoutMs - 1) return;
    const untried = own
      .slice(0, before.lastSeq)
      .filter((event) => !isOver(event, storage) && (event.triedAtMs ?? -1) < before.atMs);
    if (untried.length > droppedUnnamed(book, own)) {
      say(
        `${untried.length} were not tried`,
        untried.map(({ eventId }) => eventId),
      );
    }
  }
}

/** What went with the process when it closed, or cannot be read back, is told of by its count. */
function droppedUnnamed({ drops }: ClientBook, own: readonly TrackedEvent[]): number {
  let count = 0;
  for (const reason of ['shut_down', 'corrupt'] as const) {
    const named = own.filter(({ droppedReason }) => droppedReason === reason).length;
    count += Math.max(0, (drops.get(reason) ?? 0) - named);
  }
  return count;
}

function isOver(
  event: { eventId: string; rejectedCode?: string; droppedReason?: string },
  storage: StorageTier,
): boolean {
  const { eventId, rejectedCode, droppedReason } = event;
  return storage.isCounted(eventId) || rejectedCode !== undefined || droppedReason !== undefined;
}

/** Those that were accepted, and given up because no storage took them in the end. */
function lostAtShutdown({ drops, events }: ClientBook): number {
  const late = events.filter(({ droppedReason }) => droppedReason === 'shut_down').length;
  return (drops.get('shut_down') ?? 0) - late;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
