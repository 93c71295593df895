import type { AnalyticsEvent, EventType, Priority, Properties } from '@holdfast/protocol';
import { v7 } from 'uuid';
import type { Clock, Random } from './ports.js';

/**
 * What a method of the client makes an event of. Members that are undefined are left out. An SDK
 * whose callers may give an eventId or a timestamp of their own has checked them.
 */
export interface EventDraft {
  readonly type: EventType;
  readonly eventId?: string | undefined;
  readonly timestamp?: string | undefined;
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

  /** The event of a draft. */
  make(draft: EventDraft): AnalyticsEvent {
    const { type, eventId, timestamp, priority, ...members } = draft;
    return {
      type,
      eventId: eventId ?? this.newId(),
      timestamp: timestamp ?? this.#timestamp(),
      ...members,
      priority: priority === 'normal' ? undefined : priority,
    } as AnalyticsEvent;
  }

  #timestamp(): string {
    const nowMs = this.#clock.nowMs();
    if (nowMs !== this.#stampMs) {
      // toISOString costs more than a microsecond: once a millisecond is enough.
      this.#stampMs = nowMs;
      this.#stamp = new Date(nowMs).toISOString();
    }
    return this.#stamp;
  }
}
