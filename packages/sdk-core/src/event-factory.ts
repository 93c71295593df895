import {
  type AnalyticsEvent,
  type EventType,
  isEventId,
  isUuidV7,
  type Priority,
  type Properties,
} from '@holdfast/protocol';
import { v7 } from 'uuid';
import { AnalyticsError } from './errors.js';
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
export class EventFactory {
  readonly #clock: Clock;
  readonly #random: Random;
  #ms = 0;
  #seq = 0;
  #stampMs = Number.NaN;
  #stamp = '';

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A UUIDv7 greater than all before, also when the wall clock goes back. */
  newId(): string {
    const nowMs = this.#clock.nowMs();
    if (nowMs > this.#ms) {
      this.#ms = nowMs;
      this.#seq = Math.floor(this.#random.fraction() * 0x7fffffff);
    } else if (++this.#seq > 0xffffffff) {
      this.#ms++;
      this.#seq = 0;
    }
    return v7({ random: this.#random.bytes(16), msecs: this.#ms, seq: this.#seq });
  }

  /** The event of a draft. Throws `invalid_event` if its own eventId or timestamp is no good. */
  make(draft: EventDraft, context: Properties | undefined): AnalyticsEvent {
    const { type, eventId, timestamp, priority, context: own, ...members } = draft;
    if (eventId !== undefined) checkOwnId(eventId, timestamp);
    const merged = context && own ? { ...context, ...own } : (own ?? context);
    return {
      type,
      eventId: eventId ?? this.newId(),
      timestamp: this.#timestamp(timestamp),
      ...members,
      ...(merged && { context: merged }),
      ...(priority && priority !== 'normal' && { priority }),
    } as AnalyticsEvent;
  }

  #timestamp(own: string | Date | undefined): string {
    if (own !== undefined) return typeof own === 'string' ? own : isoText(own);
    const nowMs = this.#clock.nowMs();
    if (nowMs !== this.#stampMs) {
      // toISOString costs more than a microsecond: once a millisecond is enough.
      this.#stampMs = nowMs;
      this.#stamp = new Date(nowMs).toISOString();
    }
    return this.#stamp;
  }
}

function isoText(date: Date): string {
  if (Number.isNaN(date.getTime())) {
    throw new AnalyticsError('invalid_event', 'timestamp is an invalid Date');
  }
  return date.toISOString();
}

function checkOwnId(eventId: string, timestamp: unknown): void {
  if (!isEventId(eventId)) {
    throw new AnalyticsError(
      'invalid_event',
      `eventId ${JSON.stringify(eventId)} must be 1–64 characters of A–Z a–z 0–9 . _ : -`,
    );
  }
  if (timestamp === undefined && !isUuidV7(eventId)) {
    throw new AnalyticsError(
      'invalid_event',
      `eventId ${JSON.stringify(eventId)} is no UUIDv7: give the event's own timestamp with it, ` +
        'so that every copy falls on the same day of deduplication',
    );
  }
}
