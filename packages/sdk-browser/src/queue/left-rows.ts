/**
 * The rows that a page leaves behind which goes before its database is open, in localStorage, which
 * can be written while it goes. The next page, or the tab that sends, moves them into the database.
 *
 * Invariants:
 * - Nothing is kept for a visitor who has denied: the denial is noted here beside the database.
 * - An item is written once, and removed once the database has its rows: tabs of other processes
 *   see it late, so one that was written again could be removed with what is new in it.
 * - Rows keep the keys that they have here: two tabs that store them store the same rows.
 *
 * Limits: `maxLeftChars`. Items: `<name> left <key of the first row>`, JSON of the rows;
 * `<name> denied`. A write key has no spaces, so they are nobody's name.
 */
import { quietly } from '@holdfast/sdk-core/quietly';
import * as browserLimits from '../limits.js';
import { keyPriority } from './row-key.js';
import type { Row } from './row-tail.js';

/** What the items of a queue's left rows begin with. */
export const leftPrefix = (name: string): string => `${name} left `;

export class LeftRows {
  readonly #prefix: string;
  readonly #deniedItem: string;
  /** What this tab stores just now and has not left behind. */
  readonly #appending = new Set<Row>();
  /** What it has left behind and has not stored. */
  #own: string[] = [];
  /** A browser that does not let go of an item would have its rows stored and sent for ever. */
  readonly #removed = new Set<string>();

  constructor(name: string) {
    this.#prefix = leftPrefix(name);
    this.#deniedItem = `${name} denied`;
  }

  /** Notes the visitor's denial and removes all rows, or takes it back. */
  setDenied(isDenied: boolean): void {
    quietly(() => {
      // Those too that a page left behind in spite of it, because it saw the note too late.
      if (isDenied || localStorage.getItem(this.#deniedItem))
        for (const item of this.items()) this.remove(item);
      if (isDenied) localStorage.setItem(this.#deniedItem, 'true');
      else localStorage.removeItem(this.#deniedItem);
    });
  }

  items(): string[] {
    const items = quietly(() => Object.keys(localStorage)) ?? [];
    return items.filter((item) => item.startsWith(this.#prefix) && !this.#removed.has(item));
  }

  /** The rows of an item, as far as they can be read. */
  read(item: string): Row[] {
    const rows = quietly(() => {
      const found = JSON.parse(localStorage.getItem(item)!) as Row[];
      return found.filter(({ key }) => keyPriority(key));
    });
    return rows ?? [];
  }

  /** Rows that are about to be stored; returns what is told whether they were. */
  appending(rows: readonly Row[]): (wereStored: boolean) => void {
    for (const row of rows) this.#appending.add(row);
    return (wereStored) => {
      for (const row of rows) this.#appending.delete(row);
      // Rows of other appends have been handed to the same connection. Items whose rows could not
      // be stored stay where they are: no other append takes them back.
      if (wereStored) for (const item of this.#own) this.remove(item);
      this.#own = [];
    };
  }

  /** Leaves behind what is about to be stored. */
  leaveAppending(): void {
    if (this.#appending.size === 0) return;
    const item = this.leave([...this.#appending]);
    if (item) this.#own.push(item);
    this.forget();
  }

  /** Leaves rows behind, as far as they fit; returns their item. */
  leave(rows: readonly Row[]): string | undefined {
    return quietly(() => {
      if (localStorage.getItem(this.#deniedItem)) return undefined;
      let chars = 0;
      for (const item of this.items()) chars += localStorage.getItem(item)!.length;
      const texts = rows.map((row) => JSON.stringify(row));
      const fitting = texts.filter((text) => {
        chars += text.length;
        return chars <= browserLimits.maxLeftChars;
      });
      const item = this.#prefix + rows[0]!.key;
      if (fitting.length > 0) localStorage.setItem(item, `[${fitting}]`);
      return item;
    });
  }

  /** Leaves nothing of what is about to be stored behind. */
  forget(): void {
    this.#appending.clear();
  }

  remove(item: string): void {
    this.#removed.add(item);
    quietly(() => localStorage.removeItem(item));
  }
}
