/**
 * The browser's durable queue: one IndexedDB row an event, shared by all tabs of an origin.
 *
 * Invariants:
 * - The database is the truth. What is kept in memory (counts, leases, the tail) only says where to
 *   look, and is corrected by the next `recount`.
 * - Every write of events fails as a whole if the visitor's denial is stored: it is checked by
 *   the same transaction, so no tab can store an event after another tab has noted the denial.
 * - A row is written under a key that was fixed before, so repeating a transaction whose end was
 *   not seen writes the same rows again and never a second copy. A dead letter that is queued again
 *   gets the key that it had as an event, so two tabs that do it at once write the same row.
 * - A row is leased from memory only if its transaction is complete and nothing of its priority is
 *   known to wait in the database that is not in memory, too: the oldest go first.
 *
 * Limits: `maxDeadLetters`, and those of `row-tail.ts`. Formats: `row-key.ts`; an event's value is
 * its QueueRecord, a dead letter's has beside it its key, and why and when it was refused. What
 * cannot wait for the database to open: `left-rows.ts`.
 */
import type { Priority } from '@holdfast/protocol';
import { AnalyticsError } from '@holdfast/sdk-core';
import { type Counted, Leases, Tally } from '@holdfast/sdk-core/leases';
import type {
  Clock,
  Durability,
  EventStore,
  LeasedRecord,
  LeaseRequest,
  QueueRecord,
  Random,
  SettledRecord,
  StoreUsage,
} from '@holdfast/sdk-core/ports';
import { promisifyRequest } from 'idb-keyval';
import * as browserLimits from '../limits.js';
import { type EventNotice, noticeOf } from '../tab-channel.js';
import { LeftRows } from './left-rows.js';
import { RowDatabase, type Transact } from './row-database.js';
import * as rowKey from './row-key.js';
import { type Row, RowTail } from './row-tail.js';

export interface IndexedDbEventStoreParts {
  /** Of the database; one for each write key. */
  readonly name: string;
  readonly durability: Exclude<Durability, 'memory'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Tells other tabs what this one has stored. */
  readonly onStored?: ((records: readonly EventNotice[]) => void) | undefined;
  /** Told that the visitor's denial is stored: no event can be. */
  readonly onDenied?: (() => void) | undefined;
}

export class IndexedDbEventStore implements EventStore {
  readonly #parts: IndexedDbEventStoreParts;
  readonly #database: RowDatabase;
  readonly #keys: rowKey.RowKeys;
  readonly #left: LeftRows;
  readonly #tail = new RowTail();
  /** Of what is believed to be in the database. */
  readonly #leases = new Leases<Row>();
  /** How many dead letters are there. */
  #letters = 0;
  /** Events that reads under way may find and hand out. */
  #reading = 0;
  /** How often other tabs told of rows: a read that began before may not have seen them. */
  #arrivals = 0;
  /** How often the visitor has decided here: a denial that was read before is out of date. */
  #decisions = 0;
  #onArrival = () => {};
  /** While the page goes away there is no time to read: only what is in memory is handed out. */
  prefersRecent = false;

  constructor(parts: IndexedDbEventStoreParts) {
    this.#parts = parts;
    this.#database = new RowDatabase({ ...parts, onLost: () => this.#tail.clear() });
    this.#keys = new rowKey.RowKeys(parts);
    this.#left = new LeftRows(parts.name);
  }

  get durability(): Durability {
    return this.#database.isAvailable ? this.#parts.durability : 'memory';
  }

  async append(records: readonly QueueRecord[]): Promise<void> {
    const rows = records.map((record) => ({
      ...record,
      key: this.#keys.next(record.priority, record.sizeBytes),
    }));
    this.#tail.add(rows);
    const ended = this.#left.appending(rows);
    try {
      await this.#put(rows);
      this.#tail.confirm(rows);
      ended(true);
    } catch (cause) {
      this.#tail.forget(rows);
      ended(false);
      throw cause;
    }
  }

  /** The page may go: what its database is not open for yet, another page shall store. */
  leave(): void {
    if (!this.#database.isOpen) this.#left.leaveAppending();
  }

  async lease(request: LeaseRequest): Promise<LeasedRecord[]> {
    const inMemory = this.#inMemory(request.priority);
    if (inMemory) return this.#hand(inMemory, request);
    const { priority, maxEvents } = request;
    const arrivals = this.#arrivals;
    // Those that are leased, or will be by a read under way, are still there.
    this.#reading += maxEvents;
    const count = this.#reading + this.#leases.size;
    try {
      const rows = await this.#read(priority, count);
      const handed = this.#hand(rows, request);
      const noneWaits = rows.length < count && rows.every((row) => this.#leases.has(row));
      if (noneWaits && arrivals === this.#arrivals) this.#leases.noneWaits(priority);
      return handed;
    } catch (cause) {
      if (this.#database.isAvailable) throw cause;
      // Without a database: it was said already, and what cannot be stored is sent from memory.
      return [];
    } finally {
      this.#reading -= maxEvents;
    }
  }

  release(records: readonly LeasedRecord[]): void {
    this.#leases.release(records);
  }

  async settle(settled: readonly SettledRecord[]): Promise<void> {
    const records = new Map(settled.map(({ record }) => [record.key as string, record]));
    const letters = this.#deadLettersOf(settled);
    // A record that is not leased any more may be gone already: then it must not count again.
    const found = new Map<string, IDBRequest>();
    await this.transact('readwrite', (store) => {
      for (const [key, record] of records) {
        if (!this.#leases.has(record)) found.set(key, store.getKey(key));
        store.delete(key);
      }
      for (const [key, letter] of letters) store.put(letter, key);
    });
    this.#letters += letters.length;
    this.release([...records.values()]);
    for (const [key, request] of found) if (!request.result) records.delete(key);
    this.forget([...records.values()]);
    // Where two tabs sent the same rows, both may have counted what left: look for the rest.
    if (this.usage().events === 0) void this.recount();
  }

  usage(): StoreUsage {
    return this.#leases.held.total();
  }

  waiting(priority: Priority): StoreUsage {
    return this.#leases.waiting(priority);
  }

  onArrival(listener: () => void): void {
    this.#onArrival = listener;
  }

  readState(): Promise<string | undefined> {
    return this.#database.use('readonly', (store) => promisifyRequest(store.get(rowKey.stateKey)));
  }

  async writeState(state: string): Promise<void> {
    await this.transact('readwrite', (store) => store.put(state, rowKey.stateKey));
  }

  async purge(): Promise<number> {
    this.#left.forget();
    const { result } = await this.transact('readwrite', (store) => {
      const counting = store.count(rowKey.rangeOfEvents());
      store.delete(rowKey.rangeOfEvents());
      store.delete(rowKey.rangeOfDeadLetters());
      return counting;
    });
    this.#leases.clear();
    this.#tail.clear();
    this.#letters = 0;
    return result;
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** Stores the visitor's denial, or lifts it. Noted twice: others may note what they find. */
  async setDenied(isDenied: boolean): Promise<void> {
    this.#decisions++;
    this.#left.setDenied(isDenied);
    await this.transact('readwrite', (store) =>
      isDenied ? store.put(true, rowKey.deniedKey) : store.delete(rowKey.deniedKey),
    );
    this.#left.setDenied(isDenied);
  }

  /** Another tab has stored these. */
  arrived(records: readonly Counted[]): void {
    this.#arrivals++;
    this.#leases.held.add(records);
    this.#onArrival();
  }

  /** These have left the queue, here or in another tab. */
  forget(events: readonly EventNotice[]): void {
    this.#leases.held.add(events, -1);
    this.#tail.forget(events);
  }

  /** Stores what pages left behind, and counts what is really there. A storage that cannot be read
   *  now is reported by the next write; leases look for themselves. */
  async recount(): Promise<void> {
    await this.#takeLeft();
    const [arrivals, decisions] = [this.#arrivals, this.#decisions];
    const all = await this.#database
      .use('readonly', (store) => promisifyRequest(store.getAllKeys() as IDBRequest<string[]>))
      .catch(() => undefined);
    if (!all) return;
    const held = new Tally();
    this.#leases.held = held;
    for (const key of all) {
      const priority = rowKey.keyPriority(key);
      if (priority) held.add([{ priority, sizeBytes: rowKey.keySizeBytes(key) }]);
    }
    this.#letters = all.filter(rowKey.isDeadLetterKey).length;
    this.#found(all.includes(rowKey.deniedKey), decisions);
    this.#onArrival();
    if (arrivals !== this.#arrivals) this.recountLater();
  }

  recountLater(): void {
    this.#parts.clock.schedule(browserLimits.lookAgainMs, () => void this.recount());
  }

  async #takeLeft(): Promise<void> {
    try {
      for (const item of this.#left.items()) {
        await this.#put(this.#left.read(item));
        this.#left.remove(item);
      }
    } catch {
      // What cannot be stored now stays where it is, for the next time.
    }
  }

  async #put(rows: readonly Row[]): Promise<void> {
    await this.transact('readwrite', (store) => {
      rowKey.failIfDenied(store);
      for (const { key, ...record } of rows) store.put(record, key);
    });
    this.#leases.held.add(rows);
    this.#parts.onStored?.(rows.map(noticeOf));
  }

  /** What the database says, unless the visitor has decided here since. */
  #found(isDenied: boolean, decisions: number): void {
    if (decisions !== this.#decisions) return;
    this.#left.setDenied(isDenied);
    if (isDenied) this.#parts.onDenied?.();
  }

  /** What is handed out without reading; undefined: the database must be read. */
  #inMemory(priority: Priority): readonly Row[] | undefined {
    if (this.prefersRecent) return this.#tail.last();
    const rows = this.#tail.stored(priority);
    // Where tabs cannot tell each other, another one may have purged or sent them.
    const areAll = rows.length > 0 && rows.length === this.waiting(priority).events;
    return areAll && globalThis.BroadcastChannel ? rows : undefined;
  }

  #hand(rows: readonly Row[], request: LeaseRequest): Row[] {
    const handed = this.#leases.hand(rows, request);
    this.#tail.forget(handed);
    return handed;
  }

  /** The oldest rows of a priority. */
  async #read(priority: Priority, count: number): Promise<Row[]> {
    const range = rowKey.rangeOf(priority);
    const [rowKeys, records] = await this.#database.use('readonly', (store) =>
      Promise.all([
        promisifyRequest(store.getAllKeys(range, count) as IDBRequest<string[]>),
        promisifyRequest(store.getAll(range, count) as IDBRequest<QueueRecord[]>),
      ]),
    );
    return records.map((record, index) => ({ ...record, key: rowKeys[index]! }));
  }

  #deadLettersOf(settled: readonly SettledRecord[]): [string, unknown][] {
    return settled
      .filter(({ ending }) => ending.kind === 'rejected')
      .slice(0, Math.max(0, browserLimits.maxDeadLetters - this.#letters))
      .map(({ record, ending }) => [
        rowKey.deadLetterKey(record.key as string),
        { ...record, ...ending, deadAtMs: this.#parts.clock.nowMs() },
      ]);
  }

  /** Reads or writes, and tells what a failure means. */
  readonly transact: Transact = async (mode, callback) => {
    const decisions = this.#decisions;
    try {
      return await this.#database.use(mode, callback);
    } catch (cause) {
      if (cause instanceof AnalyticsError) throw cause;
      const name = (cause as Error | null)?.name;
      if (name === 'ConstraintError') this.#found(true, decisions);
      const code = name === 'QuotaExceededError' ? 'storage_full' : 'storage_failed';
      throw new AnalyticsError(code, `IndexedDB: ${name}`, cause);
    }
  };
}
