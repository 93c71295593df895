/**
 * From track() to the queue: stamps, serialises once, bounds, and hands a turn's events to the
 * store in one append.
 *
 * Invariants: `seq` is taken before anything can drop the event, so a gap tells of every loss.
 * An accepted event is in the buffer, in the store, or counted as dropped.
 */
import {
  type AnalyticsEvent,
  type DropReason,
  maxEventBytes,
  type Properties,
  priorities,
} from '@holdfast/protocol';
import type { Emitter } from './emitter.js';
import type { EventDraft, EventFactory } from './event-factory.js';
import type { LayeredStore } from './layered-store.js';
import * as clientLimits from './limits.js';
import type { Outcomes } from './outcomes.js';
import type { Clock, CoreOptions, QueueRecord } from './ports.js';
import { serialize, utf8Length } from './serialize.js';
import type { ServerTime } from './server-time.js';

export interface IntakeParts {
  readonly options: Pick<CoreOptions, 'maxQueueBytes' | 'beforeStore'>;
  readonly clock: Clock;
  readonly factory: EventFactory;
  readonly store: LayeredStore;
  readonly outcomes: Outcomes;
  readonly serverTime: ServerTime;
  readonly emitter: Emitter;
  readonly onDropped: (queueId: string, reason: DropReason) => void;
  /** Something new is in the store. */
  readonly onStored: () => void;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #buffer: QueueRecord[] = [];
  #bufferBytes = 0;
  #appended: Promise<void> = Promise.resolve();
  /** Why nothing is taken any more: shut down, or consent denied. */
  closedReason: DropReason | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Accepts an event: returns its eventId, also when it cannot be kept. */
  accept(draft: EventDraft): string {
    const { factory, outcomes } = this.#parts;
    const event = factory.make(draft);
    const seq = ++outcomes.lastSeq;
    const reason = this.closedReason ?? this.#take(event, seq);
    if (reason) this.#drop(event.eventId, seq, reason);
    return event.eventId;
  }

  /** Takes an event of the client's own: no number, and no limit but the queue's. */
  acceptReport(properties: Properties): boolean {
    const event = this.#parts.factory.make({ type: 'report', properties, priority: 'critical' });
    return this.#push(event, 0) === undefined;
  }

  /** Hands what is buffered to the store. The data is with the platform when this returns. */
  store(): void {
    if (this.#buffer.length === 0) return;
    const records = this.#takeBuffer();
    const { store, emitter, onStored } = this.#parts;
    const appended = store.append(records).then(
      () => {
        emitter.emit('stored', { count: records.length });
        onStored();
      },
      (cause: unknown) => {
        emitter.report('internal', 'append failed', cause);
      },
    );
    this.#appended = Promise.all([this.#appended, appended]).then(() => {});
    // What waits in memory for a full disk can be sent from there meanwhile.
    onStored();
  }

  /** Resolves when everything accepted so far is stored at the durability in force, or settled. */
  stored(): Promise<void> {
    this.store();
    return this.#appended;
  }

  /** Drops what is buffered. */
  discard(reason: DropReason): void {
    for (const { eventId, seq } of this.#takeBuffer()) this.#drop(eventId, seq, reason);
  }

  #takeBuffer(): QueueRecord[] {
    this.#bufferBytes = 0;
    return this.#buffer.splice(0);
  }

  #take(event: AnalyticsEvent, seq: number): DropReason | undefined {
    const { options, outcomes, emitter } = this.#parts;
    const numbered = { ...event, queue: { id: outcomes.queueId, seq } };
    if (!options.beforeStore) return this.#push(numbered, seq);
    const copy = serialize(numbered);
    if (copy === undefined) return 'unserializable';
    let kept: AnalyticsEvent | null;
    try {
      // A copy: a rule that redacts in place must not change what the app goes on using.
      kept = options.beforeStore(JSON.parse(copy) as AnalyticsEvent);
      if (kept && typeof kept.type !== 'string') throw new TypeError('no event');
    } catch (cause) {
      // The app's rule failed: to send what it may have meant to redact would be worse.
      emitter.report('callback_failed', 'beforeStore failed', cause);
      return 'filtered';
    }
    if (!kept) return 'filtered';
    return this.#push({ ...kept, eventId: numbered.eventId, queue: numbered.queue }, seq);
  }

  #push(event: AnalyticsEvent, seq: number): DropReason | undefined {
    const { clock, outcomes, serverTime } = this.#parts;
    const json = serialize(event);
    if (json === undefined) return 'unserializable';
    const sizeBytes = utf8Length(json);
    // Untyped callers can pass anything; the collector judges what the event itself says.
    const priority = priorities.find((each) => each === event.priority) ?? 'normal';
    if (sizeBytes > maxEventBytes) return 'too_large';
    const refused = this.#refusal(sizeBytes, clientLimits.queueShare[priority]);
    if (refused) return refused;
    const serverTimeMs = serverTime.nowMs();
    this.#buffer.push({
      eventId: event.eventId,
      queueId: outcomes.queueId,
      seq,
      priority,
      json,
      sizeBytes,
      serverTimeMs,
    });
    this.#bufferBytes += sizeBytes;
    if (this.#buffer.length === 1) clock.defer(() => this.store());
    return undefined;
  }

  #refusal(sizeBytes: number, share: number): DropReason | undefined {
    const { options, store } = this.#parts;
    const newBytes = this.#bufferBytes + sizeBytes;
    if (store.usage().bytes + newBytes > options.maxQueueBytes * share) return 'queue_full';
    const { unstoredBytes } = store;
    if (unstoredBytes > 0 && unstoredBytes + newBytes > clientLimits.maxUnstoredBytes * share) {
      return 'storage_failed';
    }
    return undefined;
  }

  #drop(eventId: string, seq: number, reason: DropReason): void {
    const { outcomes, onDropped, emitter } = this.#parts;
    outcomes.settled([{ queueId: outcomes.queueId, seq }], 'dropped');
    if (seq > 0) onDropped(outcomes.queueId, reason);
    emitter.emit('dropped', { reason, count: 1, eventId });
  }
}
