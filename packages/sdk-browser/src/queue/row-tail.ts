/**
 * The youngest rows of this tab, in memory beside the database: what was just stored is sent
 * without being read back, and a page that goes has no time to read at all.
 *
 * Invariants: rows are in the order of their keys; none is here that is leased or has left the
 * queue. A row that is still being stored goes with the page's last request alone: whether the
 * visitor has denied consent shows when its transaction ends.
 *
 * Limits: `maxTailEvents`, `maxTailBytes`; the oldest go first, and are then read from there.
 */
import type { Priority } from '@holdfast/protocol';
import type { QueueRecord } from '@holdfast/sdk-core';
import * as browserLimits from '../limits.js';
import type { EventNotice } from '../tab-channel.js';

/** An event of the queue, and the key that it has, or will have, in the database. */
export interface Row extends QueueRecord {
  readonly key: string;
}

export class RowTail {
  #rows: readonly Row[] = [];
  readonly #stored = new WeakSet<Row>();

  /** Rows that are being stored. */
  add(rows: readonly Row[]): void {
    const fitting = youngest([...this.#rows, ...rows], browserLimits.maxTailBytes);
    this.#rows = fitting.slice(-browserLimits.maxTailEvents);
  }

  /** Their transaction is complete. */
  confirm(rows: readonly Row[]): void {
    for (const row of rows) this.#stored.add(row);
  }

  forget(events: readonly EventNotice[]): void {
    const gone = new Set(events.map(({ queueId, seq }) => queueId + seq));
    this.#rows = this.#rows.filter(({ queueId, seq }) => !gone.has(queueId + seq));
  }

  clear(): void {
    this.#rows = [];
  }

  /** Those of a priority that are stored. */
  stored(priority: Priority): Row[] {
    return this.#rows.filter((row) => row.priority === priority && this.#stored.has(row));
  }

  /** Those for the page's last request, stored or not; undefined: none. */
  last(): readonly Row[] | undefined {
    if (this.#rows.length === 0) return undefined;
    // The rest is forgotten: a page is told more than once that it goes, and its requests together
    // may hold no more.
    this.#rows = youngest(this.#rows, browserLimits.maxKeepaliveBytes);
    return this.#rows;
  }
}

function youngest(rows: readonly Row[], maxBytes: number): readonly Row[] {
  let first = rows.length;
  for (let bytes = 0; first > 0; first--) {
    bytes += rows[first - 1]!.sizeBytes;
    if (bytes > maxBytes) break;
  }
  return rows.slice(first);
}
