import {
  type AnalyticsEvent,
  type EventType,
  type Priority,
  type Properties,
} from '@holdfast/protocol';
import type { Clock, Random } from './ports.js';
/** What a method of the client makes an event of. Members that are undefined are left out. */
export interface EventDraft {
  readonly type: EventType;
  readonly eventId?: string | undefined;
  readonly timestamp?: string | Date | undefined;
  readonly userId?: string | undefined;
  readonly anonymousId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly event?: string | undefined;
  readonly name?: string | undefined;
  readonly groupId?: string | undefined;
  readonly previousId?: string | undefined;
  readonly properties?: Properties | undefined;
  readonly traits?: Properties | undefined;
  readonly context?: Properties | undefined;
  readonly priority?: Priority | undefined;
}
/** Mints eventIds and stamps events: UUIDv7, strictly rising within the process. */
export declare class EventFactory {
  #private;
  constructor(clock: Clock, random: Random);
  /** A UUIDv7 greater than all before, also when the wall clock goes back. */
  newId(): string;
  /** The event of a draft. Throws `invalid_event` if its own eventId or timestamp is no good. */
  make(draft: EventDraft, context: Properties | undefined): AnalyticsEvent;
}
