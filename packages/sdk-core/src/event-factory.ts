import type { AnalyticsEvent, EventType, Priority, Properties } from '@holdfast/protocol';
import type { Clock, Random } from './ports.js';

/**
 * What a method of the client makes an event of. Members that are undefined are left out. An SDK
 * whose callers may give an eventId or a timestamp of their own has checked them, and leaves out
 * what they have not given.
 */
export interface EventDraft {
  readonly type: EventType;
  readonly eventId?: string;
  readonly timestamp?: string;
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

export interface EventFactoryParts {
  readonly clock: Clock;
  readonly random: Random;
}

/** Mints eventIds and stamps events: UUIDv7, strictly rising within the process. */
export class EventFactory {
  readonly #parts: EventFactoryParts;
  #ms = 0;
  #seq = 0;
  #stampMs = Number.NaN;
  #stamp = '';

  constructor(parts: EventFactoryParts) {
    this.#parts = parts;
  }

  /** A UUIDv7 greater than all before, also when the wall clock goes back. */
  newId(): string {
    const nowMs = this.#parts.clock.nowMs();
    if (nowMs > this.#ms) {
      this.#ms = nowMs;
      this.#seq = this.#parts.random.fraction() * 0x7fffff;
    } else if (++this.#seq > 0xffffff) {
      this.#ms++;
      this.#seq = 0;
    }
    // 48 bits of time, version, half of the counter, variant, its other half, and chance. Not by
    // the library uuid: with a clock and a counter of its own it is half a kilobyte of each page.
    const time = hex(this.#ms, 12);
    const count = hex(this.#seq, 6);
    const chance = [...this.#parts.random.bytes(6)].map((byte) => hex(byte, 2)).join('');
    const [early, late] = [time.slice(0, 8), time.slice(8)];
    return `${early}-${late}-7${count.slice(0, 3)}-8${count.slice(3)}-${chance}`;
  }

  /** The event of a draft. */
  make(draft: EventDraft): AnalyticsEvent {
    return {
      eventId: this.newId(),
      timestamp: this.#timestamp(),
      ...draft,
      priority: draft.priority === 'normal' ? undefined : draft.priority,
    } as AnalyticsEvent;
  }

  #timestamp(): string {
    const nowMs = this.#parts.clock.nowMs();
    if (nowMs !== this.#stampMs) {
      // toISOString costs more than a microsecond: once a millisecond is enough.
      this.#stampMs = nowMs;
      this.#stamp = new Date(nowMs).toISOString();
    }
    return this.#stamp;
  }
}

function hex(number: number, digits: number): string {
  return Math.floor(number).toString(16).padStart(digits, '0');
}
