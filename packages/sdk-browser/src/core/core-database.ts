/**
 * The core client's connection to the queue's database: one transaction a call, with the durability
 * asked for and an explicit commit. Once connected, it is issued before `use` returns.
 */
import { schedule } from '../browser-clock.js';
import * as browserLimits from '../limits.js';
import { renewLog } from '../queue/renew-log.js';

const rows = 'rows';

export class CoreDatabase {
  readonly #name: string;
  readonly #durability: IDBTransactionDurability;
  #opening: Promise<IDBDatabase> | undefined;
  #open: IDBDatabase | undefined;
  /** Whether the last attempt to reach the database went well. */
  isAvailable = globalThis.indexedDB !== undefined;

  constructor(name: string, durability: IDBTransactionDurability) {
    this.#name = name;
    this.#durability = durability;
  }

  /** Runs `action` in a transaction. One that fails gives up its connection, as WebKit drops some
   *  in silence: whoever tries again gets a new one. */
  async use<T>(mode: IDBTransactionMode, action: (store: IDBObjectStore) => T): Promise<T> {
    const database = this.#open ?? (await this.#connect());
    try {
      const transaction = database.transaction(rows, mode, { durability: this.#durability });
      const result = action(transaction.objectStore(rows));
      transaction.commit();
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error);
      });
      return result;
    } catch (cause) {
      this.#drop();
      throw cause;
    }
  }

  /** An open that hangs fails those who wait for it, but is not given up. */
  async #connect(): Promise<IDBDatabase> {
    this.#opening ??= open(this.#name);
    this.#opening.catch(() => this.#drop());
    const timeout = new Promise<never>((_, reject) => {
      schedule(browserLimits.openTimeoutMs, reject);
    });
    try {
      this.#open = await Promise.race([this.#opening, timeout]);
    } catch (cause) {
      this.isAvailable = false;
      throw cause;
    }
    this.isAvailable = true;
    this.#open.onversionchange = this.#open.onclose = () => this.#drop();
    renewLog(this.#name);
    return this.#open;
  }

  #drop(): void {
    this.#open?.close();
    this.#open = this.#opening = undefined;
  }
}

function open(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.result.createObjectStore(rows);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
