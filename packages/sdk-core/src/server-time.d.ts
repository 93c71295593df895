import type { Clock, QueueRecord } from './ports.js';
/**
 * Age by the collectors' clock, because the local one may jump by years.
 *
 * An event's age runs from the last collector time that was known when it was stored; if none was,
 * from the first one received afterwards, remembered for each queue in `bases`.
 */
export declare class ServerTime {
  #private;
  constructor(clock: Clock);
  /** The collector's time now, or null before its first answer. */
  nowMs(): number | null;
  /** Takes an answer's Date header. */
  note(date: string | null): void;
  isOlderThan(record: QueueRecord, maxAgeMs: number): boolean;
  bases(): [string, number][];
  inherit(bases: readonly (readonly [string, number])[]): void;
}
