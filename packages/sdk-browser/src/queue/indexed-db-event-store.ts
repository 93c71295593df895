/**
 * The browser's durable queue: one IndexedDB row an event, shared by all tabs of an origin.
 *
 * Invariants:
 * - The database is the truth. What is kept in memory (counts, leases, recent rows) only says
 *   where to look, and is corrected by the next `recount`.
 * - Every write of events fails as a whole if the visitor's denial is stored: it is checked by
 *   the same transaction, so no tab can store an event after another tab has noted the denial.
 * - Leases exist in the memory of the one sender alone; a sender that dies leaves nothing locked.
 * - A row is written under a key that was fixed before, so repeating a transaction whose end was
 *   not seen writes the same rows again and never a second copy. A dead letter that is queued again
 *   gets the key that it had as an event, so two tabs that do it at once write the same row.
 *
 * Limits: `maxDeadLetters`, `maxKeepaliveBytes` of recent rows. Formats: `row-key.ts`; an event's
 * value is its QueueRecord, a dead letter's has beside it its key, and why and when it was refused.
 * What cannot wait for the database to open: `left-rows.ts`.
 */
import type { Priority } from '@holdfast/protocol';
import { AnalyticsError, type DeadLetter } from '@holdfast/sdk-core';
import { type Counted, Tally } from '@holdfast/sdk-core/memory-event-store';
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
import { delMany, get, promisifyRequest, set, setMany, type UseStore } from 'idb-keyval';
import { type EventNotice, noticeOf } from '../event-notice.js';
import * as browserLimits from '../limits.js';
import { type KeyedRecord, LeftRows } from './left-rows.js';
import { RowDatabase } from './row-database.js';
import * as rowKey from './row-key.js';

export interface IndexedDbEventStoreParts {
  /** Of the database; one for each write key. */
  readonly name: string;
  readonly durability: Exclude<Durability, 'memory'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Tells other tabs what this one has stored. */
  readonly onStored?: (records: readonly EventNotice[]) => void;
  /** Told that the visitor's denial is stored: no event can be. */
  readonly onDenied?: () => void;
}

type Row = LeasedRecord & KeyedRecord;
type DeadRow = Row & Omit<DeadLetter, 'eventJson'> & { readonly kind: 'rejected' };

export class IndexedDbEventStore implements EventStore {
  readonly #parts: IndexedDbEventStoreParts;
  readonly #database: RowDatabase;
  readonly #keys: rowKey.RowKeys;
  readonly #left: LeftRows;
  /** What this tab appends just now and has not left behind. */
  readonly #appending = new Set<Row>();
  /** What it has left behind and has not stored. */
  readonly #leftItems: string[] = [];
  #stored = new Tally();
  #leased = new Tally();
  readonly #leases = new Map<string, LeasedRecord>();
  /** Events that leases under way may hand out. */
  #leasing = 0;
  #deadLetters = 0;
  /** How often other tabs told of rows: a read that began before may not have seen them. */
  #arrivals = 0;
  /** How often the visitor has decided here: a denial that was read before is out of date. */
  #decisions = 0;
  /** The youngest rows of this tab, stored or being stored, for the page's last request. */
  #recent: Row[] = [];
  #onArrival = () => {};
  /** While the page goes away there is no time to read: recent rows are handed out first then. */
  prefersRecent = false;

  constructor(parts: IndexedDbEventStoreParts) {
    this.#parts = parts;
    const mode = parts.durability === 'power' ? 'strict' : 'relaxed';
    this.#database = new RowDatabase(parts.name, mode, parts.clock);
    this.#keys = new rowKey.RowKeys(parts.clock, parts.random);
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
    this.#remember(rows);
    for (const row of rows) this.#appending.add(row);
    try {
      await this.#put(rows);
      // Those of other appends have been handed to the same connection.
      for (const item of this.#leftItems.splice(0)) this.#left.remove(item);
    } catch (cause) {
      this.#forgetRecent(rows);
      this.#leftItems.splice(0); // They may hold these: no other append takes them back.
      throw cause;
    } finally {
      for (const row of rows) this.#appending.delete(row);
    }
  }

  /** The page may go: what its database is not open for yet, another page shall store. */
  leave(): void {
    if (this.#database.isOpen || this.#appending.size === 0) return;
    const item = this.#left.leave([...this.#appending]);
    if (item) this.#leftItems.push(item);
    this.#appending.clear();
  }

  async lease({ priority, maxEvents, maxBytes }: LeaseRequest): Promise<LeasedRecord[]> {
    if (this.prefersRecent && this.#recent.length > 0) {
      const recent = this.#recent.filter((row) => row.priority === priority);
      return this.#hand(recent, maxEvents, maxBytes);
    }
    // Rows that are leased, or will be by a lease under way, are still there: look beyond them.
    this.#leasing += maxEvents;
    const count = this.#leasing + this.#leases.size;
    const arrivals = this.#arrivals;
    const found = await this.#read(priority, count).finally(() => {
      this.#leasing -= maxEvents;
    });
    if (!found) return [];
    const free = found.filter(({ key }) => !this.#leases.has(key));
    const handed = this.#hand(free, maxEvents, maxBytes);
    const wasLast = found.length < count && handed.length === free.length;
    if (wasLast && arrivals === this.#arrivals)
      this.#stored.set(priority, this.#leased.of(priority));
    return handed;
  }

  release(records: readonly LeasedRecord[]): void {
    this.#leased.add(
      records.filter(({ key }) => this.#leases.delete(key as string)),
      -1,
    );
  }

  async settle(settled: readonly SettledRecord[]): Promise<void> {
    const records = new Map(settled.map(({ record }) => [record.key as string, record]));
    const letters = this.#deadLettersOf(settled);
    // A record that is not leased any more may be gone already: then it must not count again.
    const found = new Map<string, IDBRequest>();
    await delMany(
      [...records.keys()],
      this.#writeAfter((store) => {
        for (const key of records.keys()) {
          if (!this.#leases.has(key)) found.set(key, store.getKey(key));
        }
        for (const [key, letter] of letters) store.put(letter, key);
      }),
    );
    this.#deadLetters += letters.length;
    this.release([...records.values()]);
    for (const [key, request] of found) if (!request.result) records.delete(key);
    this.forget([...records.values()]);
    // Where two tabs sent the same rows, both may have counted what left: look for the rest.
    if (this.usage().events === 0) void this.recount();
  }

  usage(): StoreUsage {
    return this.#stored.total();
  }

  waiting(priority: Priority): StoreUsage {
    const stored = this.#stored.of(priority);
    const leased = this.#leased.of(priority);
    return {
      events: Math.max(0, stored.events - leased.events),
      bytes: Math.max(0, stored.bytes - leased.bytes),
    };
  }

  onArrival(listener: () => void): void {
    this.#onArrival = listener;
  }

  readState(): Promise<string | undefined> {
    return get<string>(rowKey.stateKey, this.#database.use);
  }

  writeState(state: string): Promise<void> {
    return set(rowKey.stateKey, state, this.#transact);
  }

  async purge(): Promise<number> {
    this.#appending.clear();
    const { result } = await this.#transact('readwrite', (store) => {
      const counting = store.count(rowKey.rangeOfEvents());
      store.delete(rowKey.rangeOfEvents());
      store.delete(rowKey.rangeOfDeadLetters());
      return counting;
    });
    this.#leases.clear();
    this.#recent = [];
    this.#stored = new Tally();
    this.#leased = new Tally();
    this.#deadLetters = 0;
    return result;
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** The events that were refused for good, as far as they are kept. */
  async deadLetters(): Promise<DeadLetter[]> {
    return (await this.#readDeadRows()).map(({ code, detail, deadAtMs, json }) => {
      return { code, detail, deadAtMs, eventJson: json as string };
    });
  }

  /** Makes events of them again, whose age begins anew; resolves with their number. Counts are
   *  right after the next `recount`, of the tab that sends above all. */
  async resendDeadLetters(): Promise<number> {
    // Read and moved in two transactions: one that does both would hold up the other tabs' writes
    // if this tab stood still between the two.
    const rows = await this.#readDeadRows();
    if (rows.length === 0) return 0;
    const serverTimeMs = this.#parts.clock.nowMs();
    await this.#transact('readwrite', (store) => {
      rowKey.failIfDenied(store);
      for (const { key, kind, code, detail, deadAtMs, ...record } of rows) {
        store.put({ ...record, serverTimeMs }, key);
        store.delete(rowKey.deadLetterKey(key));
      }
    });
    return rows.length;
  }

  /** Stores the visitor's denial, or lifts it. Noted twice: others may note what they find. */
  async setDenied(isDenied: boolean): Promise<void> {
    this.#decisions++;
    this.#left.setDenied(isDenied);
    await this.#transact('readwrite', (store) =>
      isDenied ? store.put(true, rowKey.deniedKey) : store.delete(rowKey.deniedKey),
    );
    this.#left.setDenied(isDenied);
  }

  /** Another tab has stored these. */
  arrived(records: readonly Counted[]): void {
    this.#arrivals++;
    this.#stored.add(records);
    this.#onArrival();
  }

  /** These have left the queue, here or in another tab. */
  forget(events: readonly EventNotice[]): void {
    this.#stored.add(events, -1);
    this.#forgetRecent(events);
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
    this.#stored = new Tally();
    for (const key of all) {
      const priority = rowKey.keyPriority(key);
      if (priority) this.#stored.add([{ priority, sizeBytes: rowKey.keySizeBytes(key) }]);
    }
    this.#deadLetters = all.filter(rowKey.isDeadLetterKey).length;
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

  async #put(rows: readonly KeyedRecord[]): Promise<void> {
    await setMany(
      rows.map(({ key, ...record }) => [key, record]),
      this.#writeAfter(rowKey.failIfDenied),
    );
    this.#stored.add(rows);
    this.#parts.onStored?.(rows.map(noticeOf));
  }

  /** What the database says, unless the visitor has decided here since. */
  #found(isDenied: boolean, decisions: number): void {
    if (decisions !== this.#decisions) return;
    this.#left.setDenied(isDenied);
    if (isDenied) this.#parts.onDenied?.();
  }

  /** The oldest rows of a priority; undefined while there is no database. */
  async #read(priority: Priority, count: number): Promise<Row[] | undefined> {
    const range = rowKey.rangeOf(priority);
    try {
      const [rowKeys, records] = await this.#database.use('readonly', (store) =>
        Promise.all([
          promisifyRequest(store.getAllKeys(range, count) as IDBRequest<string[]>),
          promisifyRequest(store.getAll(range, count) as IDBRequest<QueueRecord[]>),
        ]),
      );
      return records.map((record, index) => ({ ...record, key: rowKeys[index]! }));
    } catch (cause) {
      if (this.#database.isAvailable) throw cause;
      // The core has said so already, and sends from memory what it cannot store.
      return undefined;
    }
  }

  #deadLettersOf(settled: readonly SettledRecord[]): [string, unknown][] {
    return settled
      .filter(({ ending }) => ending.kind === 'rejected')
      .slice(0, Math.max(0, browserLimits.maxDeadLetters - this.#deadLetters))
      .map(({ record, ending }) => [
        rowKey.deadLetterKey(record.key as string),
        { ...record, ...ending, deadAtMs: this.#parts.clock.nowMs() },
      ]);
  }

  #hand(rows: readonly Row[], maxEvents: number, maxBytes: number): LeasedRecord[] {
    const handed: LeasedRecord[] = [];
    let bytes = 0;
    for (const row of rows.slice(0, maxEvents)) {
      bytes += row.sizeBytes;
      if (handed.length > 0 && bytes > maxBytes) break;
      handed.push(row);
      this.#leases.set(row.key, row);
    }
    this.#leased.add(handed);
    this.#forgetRecent(handed);
    return handed;
  }

  #remember(rows: readonly Row[]): void {
    this.#recent.push(...rows);
    let bytes = 0;
    let first = this.#recent.length;
    while (first > 0 && bytes <= browserLimits.maxKeepaliveBytes) {
      bytes += this.#recent[--first]!.sizeBytes;
    }
    if (bytes > browserLimits.maxKeepaliveBytes) this.#recent.splice(0, first + 1);
  }

  #forgetRecent(events: readonly EventNotice[]): void {
    const gone = new Set(events.map(({ queueId, seq }) => queueId + seq));
    this.#recent = this.#recent.filter(({ queueId, seq }) => !gone.has(queueId + seq));
  }

  #readDeadRows(): Promise<DeadRow[]> {
    return this.#transact('readonly', (store) =>
      promisifyRequest(store.getAll(rowKey.rangeOfDeadLetters())),
    );
  }

  /** Reads or writes, and tells what a failure means. */
  readonly #transact: UseStore = async (mode, callback) => {
    const decisions = this.#decisions;
    try {
      return await this.#database.use(mode, callback);
    } catch (cause) {
      if (cause instanceof AnalyticsError) throw cause;
      const name = (cause as Error | null)?.name;
      if (name === 'ConstraintError') this.#found(true, decisions);
      throw name === 'QuotaExceededError'
        ? new AnalyticsError('storage_full', 'the quota of IndexedDB is used up', cause)
        : new AnalyticsError('storage_failed', `IndexedDB failed: ${name}`, cause);
    }
  };

  /** For idb-keyval's writes: has `first` issue its requests in the same transaction, before. */
  #writeAfter(first: (store: IDBObjectStore) => void): UseStore {
    return (mode, callback) =>
      this.#transact(mode, (store) => {
        first(store);
        return callback(store);
      });
  }
}
