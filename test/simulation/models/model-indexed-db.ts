/**
 * IndexedDB, as far as the browser's queue uses it: one store of rows for each origin, and for each
 * tab a way to it.
 *
 * - A transaction happens at one moment, some milliseconds after it was issued. One that was
 *   committed explicitly happens also if its tab dies meanwhile.
 * - A `strict` one is on the disk when it is complete; of `relaxed` ones a power cut keeps those up
 *   to some moment.
 */

import type { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';
import type { SeededRandom } from '../../support/seeded-random.js';
import type { FaultCounts } from '../fault-kinds.js';
import type { Life } from './life.js';

type Rows = Map<string, unknown>;
type Operation = (rows: Rows) => unknown;

export class KeyRange {
  readonly lower: string;
  readonly upper: string;

  constructor(lower: string, upper: string) {
    this.lower = lower;
    this.upper = upper;
  }

  /** The lower bound belongs to it, the upper one does not: all that the queue asks for. */
  static bound(lower: string, upper: string): KeyRange {
    return new KeyRange(lower, upper);
  }

  has(key: string): boolean {
    return key >= this.lower && key < this.upper;
  }
}

/** What the tabs of an origin share. */
export class OriginDatabase {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly faults: FaultCounts;
  rows: Rows = new Map();
  /** The share of writes for which there is no room. */
  quotaShare = 0;
  /** The share of transactions before which the browser drops the connection. */
  dropShare = 0;
  lastFaultMs = Number.NEGATIVE_INFINITY;
  #lastTurnMs = 0;
  #durable: Rows = new Map();
  /** States since the last sync, oldest first: a log of which a power cut keeps a beginning. */
  #unsynced: Rows[] = [];

  constructor(clock: VirtualClock, random: SeededRandom, faults: FaultCounts) {
    this.clock = clock;
    this.random = random;
    this.faults = faults;
  }

  /** Events that are in it. */
  get eventCount(): number {
    return [...this.rows.keys()].filter((key) => /^[0-2]/.test(key)).length;
  }

  /** Transactions of one store happen in the order in which they were made. */
  inTurn(longestMs: number, happen: () => void): void {
    const nowMs = this.clock.monotonicMs();
    this.#lastTurnMs = Math.max(this.#lastTurnMs, nowMs + 0.3 + this.random.fraction() * longestMs);
    this.clock.schedule(this.#lastTurnMs - nowMs, happen);
  }

  adopt(rows: Rows, isStrict: boolean): void {
    this.rows = rows;
    if (isStrict) {
      this.#durable = rows;
      this.#unsynced = [];
    } else this.#unsynced.push(rows);
    if (this.#unsynced.length > 200) this.#durable = this.#unsynced.shift()!;
  }

  cutPower(): void {
    const states = [this.#durable, ...this.#unsynced];
    this.rows = states[Math.floor(this.random.fraction() * states.length)]!;
    this.#durable = this.rows;
    this.#unsynced = [];
  }

  hits(share: number): boolean {
    if (share === 0 || this.random.fraction() >= share) return false;
    this.lastFaultMs = this.clock.monotonicMs();
    return true;
  }
}

class ModelRequest {
  result: unknown;
  error: unknown = null;
  onsuccess: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onupgradeneeded: (() => void) | null = null;
}

class ModelTransaction {
  error: unknown = null;
  oncomplete: (() => void) | null = null;
  onabort: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly #listeners: [string, () => void][] = [];
  readonly #operations: [ModelRequest, Operation][] = [];
  readonly #database: OriginDatabase;
  readonly #life: Life;
  readonly #isStrict: boolean;
  readonly #isWrite: boolean;
  #isCommitted = false;

  constructor(database: OriginDatabase, life: Life, isWrite: boolean, isStrict: boolean) {
    this.#database = database;
    this.#life = life;
    this.#isWrite = isWrite;
    this.#isStrict = isStrict;
    database.inTurn(isStrict ? 9 : 3, () => this.#happen());
  }

  objectStore(): ModelStore {
    return new ModelStore(this);
  }

  commit(): void {
    this.#isCommitted = true;
  }

  addEventListener(name: string, listener: () => void): void {
    this.#listeners.push([name, listener]);
  }

  request(operation: Operation): ModelRequest {
    const request = new ModelRequest();
    this.#operations.push([request, operation]);
    return request;
  }

  #happen(): void {
    const database = this.#database;
    // What was only begun ends with its tab.
    if (this.#life.isDead && !this.#isCommitted) return;
    const rows = this.#isWrite ? new Map(database.rows) : database.rows;
    try {
      if (this.#isWrite && database.hits(database.quotaShare)) {
        database.faults.add('quotaExceeded');
        throw new DOMException('no room', 'QuotaExceededError');
      }
      for (const [request, operation] of this.#operations) request.result = operation(rows);
      if (this.#isWrite) database.adopt(rows, this.#isStrict);
    } catch (error) {
      this.#life.deliver(() => this.#abort(error));
      return;
    }
    this.#life.deliver(() => this.#complete());
  }

  #complete(): void {
    for (const [request] of this.#operations) request.onsuccess?.();
    this.oncomplete?.();
    this.#tell('complete');
  }

  #abort(error: unknown): void {
    this.error = error;
    for (const [request] of this.#operations) {
      request.error = error;
      request.onerror?.();
    }
    this.onabort?.();
    this.#tell('abort');
  }

  #tell(name: string): void {
    for (const [wanted, listener] of this.#listeners) if (wanted === name) listener();
  }
}

/** The one object store, in a transaction. */
class ModelStore {
  readonly transaction: ModelTransaction;

  constructor(transaction: ModelTransaction) {
    this.transaction = transaction;
  }

  put(value: unknown, key: string): ModelRequest {
    return this.transaction.request((rows) => rows.set(key, value));
  }

  add(value: unknown, key: string): ModelRequest {
    return this.transaction.request((rows) => {
      if (rows.has(key)) throw new DOMException('it is there', 'ConstraintError');
      rows.set(key, value);
    });
  }

  delete(key: string | KeyRange): ModelRequest {
    return this.transaction.request((rows) => {
      if (typeof key === 'string') rows.delete(key);
      else for (const each of [...rows.keys()]) if (key.has(each)) rows.delete(each);
    });
  }

  get(key: string): ModelRequest {
    return this.transaction.request((rows) => rows.get(key));
  }

  getKey(key: string): ModelRequest {
    return this.transaction.request((rows) => (rows.has(key) ? key : undefined));
  }

  count(range: KeyRange): ModelRequest {
    return this.transaction.request((rows) => keysOf(rows, range).length);
  }

  getAllKeys(range?: KeyRange, count?: number): ModelRequest {
    return this.transaction.request((rows) => keysOf(rows, range, count));
  }

  getAll(range?: KeyRange, count?: number): ModelRequest {
    return this.transaction.request((rows) =>
      keysOf(rows, range, count).map((key) => rows.get(key)),
    );
  }
}

function keysOf(rows: Rows, range?: KeyRange, count = Number.POSITIVE_INFINITY): string[] {
  const keys = [...rows.keys()].filter((key) => range?.has(key) ?? true);
  return keys.sort().slice(0, count);
}

/** A tab's connection. */
class ModelConnection {
  onversionchange: (() => void) | null = null;
  onclose: (() => void) | null = null;
  readonly #database: OriginDatabase;
  readonly #life: Life;
  #isClosed = false;

  constructor(database: OriginDatabase, life: Life) {
    this.#database = database;
    this.#life = life;
  }

  createObjectStore(): void {}

  transaction(
    _store: string,
    mode: IDBTransactionMode,
    options: { readonly durability: string },
  ): ModelTransaction {
    const database = this.#database;
    if (database.hits(database.dropShare)) {
      database.faults.add('connectionDropped');
      this.#isClosed = true;
      this.onclose?.();
    }
    if (this.#isClosed) throw new DOMException('it is closed', 'InvalidStateError');
    const isStrict = options.durability === 'strict';
    return new ModelTransaction(database, this.#life, mode === 'readwrite', isStrict);
  }

  close(): void {
    this.#isClosed = true;
  }
}

/** Who stands behind the name of a database: tabs share rows, not lives. */
const openers = new Map<string, (request: ModelRequest) => void>();

/** Lets a tab open `name`, and sees to it that the platform's names exist. */
export function offerDatabase(name: string, database: OriginDatabase, life: Life): void {
  const { clock, random } = database;
  openers.set(name, (request) => {
    clock.schedule(1 + random.fraction() * 5, () =>
      life.deliver(() => {
        request.result = new ModelConnection(database, life);
        request.onsuccess?.();
      }),
    );
  });
  life.onDeath(() => openers.delete(name));
  Object.assign(globalThis, { IDBKeyRange: KeyRange, indexedDB: { open } });
}

/** A dead tab's open never ends. */
function open(name: string): ModelRequest {
  const request = new ModelRequest();
  openers.get(name)?.(request);
  return request;
}
