/**
 * The core client's queue: the rows of the full client in the same database, with this tab's
 * memory behind it.
 *
 * Invariants:
 * - An accepted event is in `#unstored`, in the database, or settled.
 * - Every write of events is one transaction, issued by the end of the task, and fails as a whole
 *   if the visitor's denial is stored.
 * - While the storage fails, writes wait for each other, so that a full disk is asked once a wait.
 *
 * Limits: `maxUnstoredBytes` in memory; `maxDeadLetters`. Format: `row-key.ts`.
 */
import { backoffDelayMs, type DropReason, maxEventBytes } from '@holdfast/protocol';
import type { Emitter } from '@holdfast/sdk-core/emitter';
import * as clientLimits from '@holdfast/sdk-core/limits';
import type { Counted } from '@holdfast/sdk-core/memory-event-store';
import type { Durability, QueueRecord } from '@holdfast/sdk-core/ports';
import { nowMs, schedule } from '../browser-clock.js';
import * as browserDefaults from '../browser-defaults.js';
import * as browserLimits from '../limits.js';
import * as rowKey from '../queue/row-key.js';
import { CoreDatabase } from './core-database.js';
import type { Tell } from './core-outcomes.js';
import { randomDigits } from './new-id.js';

export interface Row extends QueueRecord {
  readonly key: string;
}

export interface CoreQueueParts {
  readonly name: string;
  readonly durability: Durability;
  readonly emitter: Emitter;
  readonly tell: Tell;
}

export class CoreQueue {
  readonly #parts: CoreQueueParts;
  readonly #database: CoreDatabase | undefined;
  readonly #tab = randomDigits(6);
  #lastUs = 0;
  #buffer: Row[] = [];
  readonly #unstored = new Map<string, Row>();
  #unstoredBytes = 0;
  /** The youngest rows of this tab, for the page's last request. */
  recent: readonly Row[] = [];
  #storedBytes = 0;
  #deadLetters = 0;
  #failures = 0;
  #written: Promise<unknown> | undefined;

  constructor(parts: CoreQueueParts) {
    const { name, durability } = parts;
    this.#parts = parts;
    if (durability !== 'memory') {
      this.#database = new CoreDatabase(name, durability === 'power' ? 'strict' : 'relaxed');
    }
  }

  get durability(): Durability {
    return this.#database?.isAvailable ? this.#parts.durability : 'memory';
  }

  /** Why so many bytes more cannot be taken; `share` is what their priority may use. */
  refusal(sizeBytes: number, maxBytes: number, share: number): DropReason | undefined {
    if (sizeBytes > maxEventBytes) return 'too_large';
    const isTooMuch = this.#unstoredBytes + sizeBytes > clientLimits.maxUnstoredBytes * share;
    if (this.#failures > 0 && isTooMuch) return 'storage_failed';
    const bytes = this.#storedBytes + this.#unstoredBytes + sizeBytes;
    return bytes > maxBytes * share ? 'queue_full' : undefined;
  }

  add(record: QueueRecord): void {
    const { priority, sizeBytes } = record;
    this.#lastUs = Math.max(this.#lastUs + 1, nowMs() * 1_000);
    const row = { ...record, key: rowKey.eventKey(priority, this.#lastUs, this.#tab, sizeBytes) };
    this.#unstored.set(row.key, row);
    this.#unstoredBytes += sizeBytes;
    if (this.#buffer.push(row) === 1) queueMicrotask(() => this.stored());
  }

  /** Hands all to the platform; resolves when it is stored at the durability in force, or gone. */
  async stored(): Promise<void> {
    const rows = this.#buffer.splice(0);
    if (rows.length > 0) {
      this.recent = [...this.recent, ...rows].slice(-browserDefaults.maxBatchEvents);
      this.#written = Promise.all([this.#written, this.#write(rows)]);
    }
    await this.#written;
  }

  /** The oldest rows, the most urgent first; from memory if the storage fails. */
  async oldest(count: number): Promise<readonly Row[]> {
    try {
      const [keys, records] =
        (await this.#database?.use('readonly', (store) => [
          store.getAllKeys(rowKey.rangeOfEvents(), count) as IDBRequest<string[]>,
          store.getAll(rowKey.rangeOfEvents(), count) as IDBRequest<QueueRecord[]>,
        ])) ?? [];
      if (keys?.result.length) {
        return keys.result.map((key, index) => ({ ...records!.result[index]!, key }));
      }
    } catch (cause) {
      if (!this.#isFailing()) throw cause;
    }
    return this.#isFailing() ? [...this.#unstored.values()] : [];
  }

  #isFailing(): boolean {
    return this.#failures > 0 || this.durability === 'memory';
  }

  /** Takes rows out, and keeps `letter` as the dead letter of the first one. */
  async remove(rows: readonly Row[], letter?: object): Promise<void> {
    const stored = rows.filter(({ key }) => !this.#unstored.has(key));
    if (stored.length > 0 || letter) {
      await this.#database?.use('readwrite', (store) => {
        for (const { key } of stored) store.delete(key);
        if (letter && ++this.#deadLetters <= browserLimits.maxDeadLetters) {
          store.put(letter, rowKey.deadLetterKey(rows[0]!.key));
        }
      });
    }
    this.#forget(rows);
  }

  /** Some were stored, or have left the database. */
  adjust(rows: readonly Counted[], sign: number): void {
    for (const { sizeBytes } of rows) {
      this.#storedBytes = Math.max(0, this.#storedBytes + sign * sizeBytes);
    }
  }

  /** Counts what is really there; resolves with the saved state. */
  async recount(): Promise<string> {
    const [keys, letters, state] =
      (await this.#database?.use('readonly', (store) => [
        store.getAllKeys(rowKey.rangeOfEvents()) as IDBRequest<string[]>,
        store.count(rowKey.rangeOfDeadLetters()),
        store.get(rowKey.stateKey) as IDBRequest<string>,
      ])) ?? [];
    this.#deadLetters = letters?.result ?? 0;
    this.#storedBytes = 0;
    for (const key of keys?.result ?? []) this.#storedBytes += rowKey.keySizeBytes(key);
    return state?.result ?? '{}';
  }

  async writeState(state: string): Promise<void> {
    await this.#database?.use('readwrite', (store) => store.put(state, rowKey.stateKey));
  }

  async #write(rows: readonly Row[]): Promise<void> {
    const { emitter, tell } = this.#parts;
    if (this.#failures > 0) await this.#written;
    for (;;) {
      // Others have been sent from memory meanwhile.
      const left = rows.filter(({ key }) => this.#unstored.has(key));
      try {
        await this.#database?.use('readwrite', (store) => {
          // Where a denial is stored, adding one fails, and with it the whole transaction.
          store.add(true, rowKey.deniedKey);
          store.delete(rowKey.deniedKey);
          for (const { key, ...record } of left) store.put(record, key);
        });
        this.#failures = 0;
        if (this.#database) this.#forget(left);
        emitter.emit('stored', { count: left.length });
        return tell('stored', left);
      } catch (cause) {
        const name = (cause as Error | undefined)?.name;
        if (name === 'ConstraintError') {
          this.#forget(left);
          emitter.emit('dropped', { reason: 'consent_denied', count: left.length });
          return tell('settled', left, 'dropped');
        }
        if (this.#failures++ === 0) this.#failed(cause);
        await this.#pause();
      }
    }
  }

  #failed(cause: unknown): void {
    const isFull = (cause as Error | undefined)?.name === 'QuotaExceededError';
    const code = this.#database!.isAvailable ? 'storage_failed' : 'storage_unavailable';
    this.#parts.emitter.report(isFull ? 'storage_full' : code, 'IndexedDB failed', cause);
  }

  #pause(): Promise<void> {
    const delayMs = backoffDelayMs(
      this.#failures,
      1,
      clientLimits.storeRetryBaseMs,
      clientLimits.storeRetryCapMs,
    );
    return new Promise((resolve) => void schedule(delayMs, resolve));
  }

  #forget(rows: readonly Row[]): void {
    for (const { key, sizeBytes } of rows) {
      if (this.#unstored.delete(key)) this.#unstoredBytes -= sizeBytes;
    }
  }
}
