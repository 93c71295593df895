/**
 * From track() to the queue: stamps, serialises once, bounds, and hands a turn's events to the
 * store in one append.
 *
 * Invariants: `seq` is taken before anything can drop the event, so a gap tells of every loss.
 * An accepted event is in the buffer, in the store, or counted as dropped.
 */
import { type DropReason, type Properties } from '@holdfast/protocol';
import type { Emitter } from './emitter.js';
import type { EventDraft, EventFactory } from './event-factory.js';
import type { LayeredStore } from './layered-store.js';
import type { CoreOptions } from './options.js';
import type { Outcomes } from './outcomes.js';
import type { Clock } from './ports.js';
import type { ServerTime } from './server-time.js';
export interface IntakeParts {
  readonly options: Pick<CoreOptions, 'maxQueueBytes' | 'beforeStore'>;
  readonly clock: Clock;
  readonly factory: EventFactory;
  readonly store: LayeredStore;
  readonly outcomes: Outcomes;
  readonly serverTime: ServerTime;
  readonly emitter: Emitter;
  readonly onDropped: (queueId: string, reason: DropReason, count: number) => void;
  /** Something new is in the store. */
  readonly onStored: () => void;
}
export declare class Intake {
  #private;
  /** Why nothing is taken any more: shut down, or consent denied. */
  closedReason: DropReason | undefined;
  context: Properties | undefined;
  constructor(parts: IntakeParts);
  /** Accepts an event: returns its eventId, also when it cannot be kept. */
  accept(draft: EventDraft): string;
  /** Takes an event of the client's own: no number, and no limit but the queue's. */
  acceptReport(draft: EventDraft): boolean;
  /** Hands what is buffered to the store. The data is with the platform when this returns. */
  store(): void;
  /** Resolves when everything accepted so far is stored at the durability in force, or settled. */
  stored(): Promise<void>;
  /** Forgets what is buffered; returns how many. */
  discard(reason: DropReason): void;
}
