import { uuidV7Ms } from '@holdfast/protocol';
import * as clientLimits from './limits.js';
import type { Clock, QueueRecord } from './ports.js';

/**
 * Age by the collectors' clock, because the local one may jump by years. And as a collector's may
 * be wrong too, an event is too old only if the local clock does not deny it: the smaller age
 * counts, so that one wrong clock expires nothing.
 *
 * An event's age runs from the last collector time that was known when it was stored; if none was,
 * from the first one received afterwards, remembered for each queue in `bases`.
 */
export class ServerTime {
  readonly #parts: { readonly clock: Clock };
  #dateMs: number | undefined;
  #atMs = 0;
  #bases = new Map<string, number>();

  constructor(parts: { readonly clock: Clock }) {
    this.#parts = parts;
  }

  /** The collector's time now, or null before its first answer. */
  nowMs(): number | null {
    return this.#dateMs === undefined
      ? null
      : this.#dateMs + this.#parts.clock.monotonicMs() - this.#atMs;
  }

  /** Takes an answer's Date header. */
  note(date: string | null): void {
    const ms = Date.parse(date ?? '');
    if (!ms) return;
    this.#dateMs = ms;
    this.#atMs = this.#parts.clock.monotonicMs();
  }

  isOlderThan(record: QueueRecord, maxAgeMs: number): boolean {
    const nowMs = this.nowMs();
    if (nowMs === null) return false;
    if (nowMs - (record.serverTimeMs ?? this.#base(record.queueId, nowMs)) <= maxAgeMs)
      return false;
    const bornMs = uuidV7Ms(record.eventId);
    return bornMs === undefined || this.#parts.clock.nowMs() - bornMs > maxAgeMs;
  }

  bases(): [string, number][] {
    return [...this.#bases];
  }

  inherit(bases: readonly (readonly [string, number])[]): void {
    this.#bases = new Map([...bases, ...this.#bases]);
  }

  #base(queueId: string, nowMs: number): number {
    const known = this.#bases.get(queueId);
    if (known !== undefined) return known;
    const [oldest] = this.#bases.keys();
    if (this.#bases.size >= clientLimits.maxAgeBases) this.#bases.delete(oldest!);
    this.#bases.set(queueId, nowMs);
    return nowMs;
  }
}
