/**
 * The IndexedDB connection behind the queue: one database for each write key, one object store.
 *
 * Invariants:
 * - A write is one transaction with the durability asked for, committed explicitly: it survives
 *   a kill of the tab from the moment in which it was issued.
 * - Once connected, a transaction is issued before `use` returns.
 * - A connection that the browser dropped (WebKit does) or that another version of the database
 *   asks for is given up at once, and opened again by the next transaction.
 * - An open that hangs fails those who wait for it after `openTimeoutMs`, but is not given up.
 * - Each connection has Chromium begin a new log: `renewLog`.
 */
import { AnalyticsError } from '@holdfast/sdk-core';
import type { Clock, Durability } from '@holdfast/sdk-core/ports';
import { promisifyRequest } from 'idb-keyval';
import * as browserLimits from '../limits.js';

const rows = 'rows';

/** Issues a transaction and hands its store to `callback`; resolves with what that returns. */
export type Transact = <Result>(
  mode: IDBTransactionMode,
  callback: (store: IDBObjectStore) => Result | PromiseLike<Result>,
) => Promise<Result>;

/** Errors of a transaction that a new connection cannot mend. */
const finalErrors = new Set(['QuotaExceededError', 'ConstraintError', 'DataCloneError']);

export interface RowDatabaseParts {
  readonly name: string;
  readonly durability: Exclude<Durability, 'memory'>;
  readonly clock: Clock;
  /** Told that a connection is given up: what was in the database may be gone. */
  readonly onLost: () => void;
}

export class RowDatabase {
  readonly #parts: RowDatabaseParts;
  #opening: Promise<IDBDatabase> | undefined;
  #open: IDBDatabase | undefined;
  /** Whether the last attempt to reach the database went well. */
  isAvailable = true;

  constructor(parts: RowDatabaseParts) {
    this.#parts = parts;
  }

  /** Whether a transaction would be issued at once. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  readonly use: Transact = async (mode, callback) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transact(this.#open ?? (await this.#connect()), mode, callback);
      } catch (cause) {
        if (attempt >= browserLimits.transactionAttempts || isFinal(cause)) throw cause;
        this.#drop();
      }
    }
  };

  async close(): Promise<void> {
    // Closing waits for the transactions under way by itself; nobody waits for an open that hangs.
    if (this.#opening) await this.#connect().catch(() => {});
    this.#drop();
  }

  async #transact<T>(
    database: IDBDatabase,
    mode: IDBTransactionMode,
    callback: (store: IDBObjectStore) => T | PromiseLike<T>,
  ): Promise<T> {
    const durability = this.#parts.durability === 'power' ? 'strict' : 'relaxed';
    const transaction = database.transaction(rows, mode, { durability });
    const ended = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const result = Promise.resolve(callback(transaction.objectStore(rows)));
    // The same failure, told by `ended` with its cause.
    result.catch(() => {});
    transaction.commit?.();
    await ended;
    return result;
  }

  #connect(): Promise<IDBDatabase> {
    const isHanging = !this.isAvailable && this.#opening !== undefined;
    this.#opening ??= this.#request();
    const opening = this.#opening;
    return new Promise((resolve, reject) => {
      const fail = (cause?: unknown) => {
        this.isAvailable = false;
        reject(new AnalyticsError('storage_unavailable', 'IndexedDB: open failed', cause));
      };
      const cancel = this.#parts.clock.schedule(isHanging ? 0 : browserLimits.openTimeoutMs, fail);
      opening
        .then(resolve, (cause) => {
          this.#opening = undefined;
          fail(cause);
        })
        .finally(cancel);
    });
  }

  async #request(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.#parts.name);
    request.onupgradeneeded = () => request.result.createObjectStore(rows);
    const database = await promisifyRequest(request);
    database.onversionchange = database.onclose = () => this.#drop();
    this.isAvailable = true;
    this.#open = database;
    renewLog(this.#parts.name);
    return database;
  }

  #drop(): void {
    this.#open?.close();
    this.#open = this.#opening = undefined;
    this.#parts.onLost();
  }
}

function isFinal(cause: unknown): boolean {
  return cause instanceof AnalyticsError || finalErrors.has((cause as Error | null)?.name ?? '');
}

/**
 * Has Chromium begin a new log. What a kill has torn in the old one is passed over at the next
 * start, but Chromium writes on behind it, and at the start after that it takes the log for
 * damaged and deletes all that the origin has stored (google/leveldb#1287). The end of any database
 * makes it put away its log, and what is in it, in good order. `name` is that of the queue's.
 */
function renewLog(name: string): void {
  const factory = indexedDB;
  const opening = factory.open(`${name}:log`);
  opening.onsuccess = () => {
    opening.result.close();
    factory.deleteDatabase(`${name}:log`);
  };
}
