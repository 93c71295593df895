/**
 * What this browser tracked and dropped, by queue, in localStorage: it outlives reloads, and is the
 * browser's own word against the server's. Each tab writes the key of its own queue alone.
 */
import type { OwnCounts } from './balance.js';
import { pageLimits } from './limits.js';

const prefix = 'holdfast.page.queue.';

interface StoredCounts extends OwnCounts {
  readonly sinceMs: number;
  /** Copies that this tab sent on purpose and the collector told to be copies. */
  readonly copies: number;
}

export class OwnQueues {
  readonly #storage: Storage;
  readonly #sinceMs: number;
  #queueId: string | undefined;
  #own = { tracked: 0, dropped: 0, copies: 0 };
  /** Whether changes wait to be written at the end of the task. */
  #isDirty = false;

  constructor(storage: Storage, nowMs: number) {
    this.#storage = storage;
    this.#sinceMs = nowMs;
    this.#forgetOldest();
  }

  /** An event of this tab got its number. */
  tracked(queueId: string, seq: number): void {
    this.#queueId = queueId;
    this.#own.tracked = seq;
    this.#change();
  }

  dropped(count: number): void {
    this.#own.dropped += count;
    this.#change();
  }

  copyDiscarded(count: number): void {
    this.#own.copies += count;
    this.#change();
  }

  all(): Map<string, OwnCounts> {
    this.#write();
    return new Map(this.#stored());
  }

  copies(): number {
    this.#write();
    return this.#stored().reduce((sum, [, counts]) => sum + counts.copies, 0);
  }

  /** Forgets all queues but this tab's. */
  forget(): void {
    for (const [queueId] of this.#stored()) {
      if (queueId !== this.#queueId) this.#storage.removeItem(prefix + queueId);
    }
  }

  #change(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    // One write for a thousand events of one click.
    queueMicrotask(() => this.#write());
  }

  #write(): void {
    if (!this.#isDirty || this.#queueId === undefined) return;
    this.#isDirty = false;
    const stored: StoredCounts = { ...this.#own, sinceMs: this.#sinceMs };
    this.#storage.setItem(prefix + this.#queueId, JSON.stringify(stored));
  }

  #stored(): [string, StoredCounts][] {
    return Object.keys(this.#storage)
      .filter((key) => key.startsWith(prefix))
      .map((key) => [
        key.slice(prefix.length),
        JSON.parse(this.#storage.getItem(key)!) as StoredCounts,
      ]);
  }

  #forgetOldest(): void {
    const byAge = this.#stored().sort(([, a], [, b]) => a.sinceMs - b.sinceMs);
    for (const [queueId] of byAge.slice(0, Math.max(0, byAge.length + 1 - pageLimits.maxQueues))) {
      this.#storage.removeItem(prefix + queueId);
    }
  }
}
