/**
 * Keys of the queue's rows: text, so that their order is the order of sending.
 *
 *   event        <rank 0–2><11 digits of base 36: microseconds><tab>:<sizeBytes in base 36>
 *   dead letter  x<the event's key>
 *   settings     state, denied
 *
 * The size is in the key so that the whole queue can be measured without reading a single event.
 * Nothing relies on the time being right: a clock that jumps only changes the order.
 */
import { type Priority, priorities } from '@holdfast/protocol';
import type { Clock, Random } from '@holdfast/sdk-core/ports';

export const stateKey = 'state';
export const deniedKey = 'denied';

export interface RowKeysParts {
  readonly clock: Clock;
  readonly random: Random;
}

/** Makes keys that rise within this tab and that no other tab makes. */
export class RowKeys {
  readonly #parts: RowKeysParts;
  readonly #tab: string;
  #lastUs = 0;

  constructor(parts: RowKeysParts) {
    this.#parts = parts;
    this.#tab = parts.random.fraction().toString(36).slice(2);
  }

  next(priority: Priority, sizeBytes: number): string {
    this.#lastUs = Math.max(this.#lastUs + 1, this.#parts.clock.nowMs() * 1_000);
    return eventKey(priority, this.#lastUs, this.#tab, sizeBytes);
  }
}

/** The key of an event that was tracked at `us`, microseconds since the epoch, in `tab`. */
export function eventKey(priority: Priority, us: number, tab: string, sizeBytes: number): string {
  const time = Math.floor(us).toString(36).padStart(11, '0');
  return `${priorities.indexOf(priority)}${time}${tab}:${sizeBytes.toString(36)}`;
}

/** The priority of an event's key; undefined for other rows. */
export function keyPriority(key: string): Priority | undefined {
  return priorities[key.charCodeAt(0) - 48];
}

export function keySizeBytes(key: string): number {
  return Number.parseInt(key.slice(key.indexOf(':') + 1), 36);
}

export function deadLetterKey(key: string): string {
  return `x${key}`;
}

export function isDeadLetterKey(key: string): boolean {
  return key[0] === 'x';
}

/** The events of one priority, oldest first. */
export function rangeOf(priority: Priority): IDBKeyRange {
  const rank = priorities.indexOf(priority);
  return IDBKeyRange.bound(`${rank}`, `${rank + 1}`, false, true);
}

/** All events, and nothing else. */
export function rangeOfEvents(): IDBKeyRange {
  return IDBKeyRange.bound('0', '3', false, true);
}

/** All dead letters, and nothing else. */
export function rangeOfDeadLetters(): IDBKeyRange {
  return IDBKeyRange.bound('x', 'y', false, true);
}

/** Where a denial is stored, adding one fails, and with it the whole transaction. */
export function failIfDenied(store: IDBObjectStore): void {
  store.add(true, deniedKey);
  store.delete(deniedKey);
}
