/**
 * Tells whose a write key is.
 *
 * Invariant: a key is refused only on an answer of the list's keeper that is no older than
 * `maxAnswerAgeMs`. A known key is served on any answer, however old: the keeper may be away for as
 * long as it likes. So a client is never told to give up for what an outage made us not know.
 *
 * The last answer is kept on disk too, for a start during an outage.
 */

import type { Clock, Logger } from '@holdfast/server-core/ports';
import { within } from '@holdfast/server-core/within';
import { keyLimits } from '../limits.js';
import type { SourceCache } from './source-cache.js';
import type { SourceKeeper } from './source-keeper.js';
import type { SourceRecord } from './source-record.js';

/** `unavailable`: the key is not known, and nobody can be asked whether it exists. */
export type KeyLookup =
  | { readonly kind: 'known'; readonly record: SourceRecord }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable' };

export interface KeyStoreParts {
  readonly keeper: SourceKeeper;
  readonly cache?: SourceCache | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class KeyStore {
  readonly #parts: KeyStoreParts;
  #records: ReadonlyMap<string, SourceRecord> = new Map();
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;
  #isOpen = false;
  #cancelRefresh: () => void = () => undefined;

  constructor(parts: KeyStoreParts) {
    this.#parts = parts;
  }

  /** Asks for the list, else takes the one on disk; never rejects. */
  async open(): Promise<void> {
    this.#isOpen = true;
    await this.reload();
    if (this.#answeredAtMs === Number.NEGATIVE_INFINITY) {
      this.#take((await this.#parts.cache?.read()) ?? []);
    }
  }

  close(): void {
    this.#isOpen = false;
    this.#cancelRefresh();
  }

  async find(writeKey: string): Promise<KeyLookup> {
    const record = this.#records.get(writeKey);
    if (record !== undefined) return { kind: 'known', record };
    if (this.#isStale() && this.#mayTry()) await this.#refresh();
    const found = this.#records.get(writeKey);
    if (found !== undefined) return { kind: 'known', record: found };
    return this.#isStale() ? { kind: 'unavailable' } : { kind: 'unknown' };
  }

  /** Asks for the list as it is now; if that fails, the one in force stays. Never rejects. */
  async reload(): Promise<void> {
    // An answer that is under way may be older than the change we are told of.
    await this.#loading;
    await this.#refresh();
  }

  #refresh(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
      this.#scheduleRefresh();
    });
    return this.#loading;
  }

  #isStale(): boolean {
    return this.#parts.clock.monotonicMs() - this.#answeredAtMs > keyLimits.maxAnswerAgeMs;
  }

  /** Strangers with unknown keys must not make us ask at their pace. */
  #mayTry(): boolean {
    const sinceMs = this.#parts.clock.monotonicMs() - this.#triedAtMs;
    return this.#loading !== undefined || sinceMs >= keyLimits.minReloadMs;
  }

  async #load(): Promise<void> {
    const { clock, cache, logger } = this.#parts;
    this.#triedAtMs = clock.monotonicMs();
    try {
      const records = await this.#loadInTime();
      this.#answeredAtMs = clock.monotonicMs();
      this.#take(records);
      await cache?.write(records);
    } catch (error) {
      logger.log('warn', 'write keys not read', { error: String(error) });
    }
  }

  async #loadInTime(): Promise<readonly SourceRecord[]> {
    const { keeper, clock } = this.#parts;
    const { loadTimeoutMs } = keyLimits;
    const records = await within(clock, loadTimeoutMs, keeper.load(), undefined);
    if (records === undefined) throw new Error(`no answer within ${loadTimeoutMs} ms`);
    return records;
  }

  #take(records: readonly SourceRecord[]): void {
    this.#records = new Map(
      records.flatMap((record) => record.writeKeys.map((key) => [key, record] as const)),
    );
  }

  #scheduleRefresh(): void {
    this.#cancelRefresh();
    if (!this.#isOpen) return;
    this.#cancelRefresh = this.#parts.clock.schedule(keyLimits.refreshMs, () => {
      void this.#refresh();
    });
  }
}
