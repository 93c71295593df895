import type { AnalyticsEvent, EventType, Priority, Properties } from '@holdfast/protocol';
import { stringify } from 'uuid';
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
      this.#seq = this.#random.fraction() * 0x1ffffff;
    } else if (++this.#seq > 0x3ffffff) {
      this.#ms++;
      this.#seq = 0;
    }
    // Not uuid's `v7`, half of which is a clock and a counter of its own: 48 bits of time, version,
    // 12 bits of the counter, variant, the other 14, and chance.
    const bytes = this.#random.bytes(16);
    for (let i = 0; i < 6; i++) bytes[i] = this.#ms / 256 ** (5 - i);
    bytes[6] = 0x70 | (this.#seq >>> 22);
    bytes[7] = this.#seq >>> 14;
    bytes[8] = 0x80 | ((this.#seq >>> 8) & 63);
    bytes[9] = this.#seq;
    return stringify(bytes);
  }

  /** The event of a draft. */
  make(draft: EventDraft): AnalyticsEvent {
    const { type, eventId, timestamp, priority, ...members } = draft;
    return {
      type,
      eventId: eventId ?? this.newId(),
      timestamp: timestamp ?? this.#timestamp(),
      ...members,
      ...(priority && priority !== 'normal' && { priority }),
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
