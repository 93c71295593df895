import { type AnalyticsEvent, idDay } from '@holdfast/protocol';

/** An event as a tier holds it. */
export interface HeldEvent {
  readonly source: string;
  readonly json: string;
}

/** Events made one by the dedup key (source, idDay, eventId), as every tier behind does. */
export class CountedEvents {
  /** JSON by dedup key. */
  readonly #events = new Map<string, string>();
  /** Dedup key by what the client numbered itself, which no copy may change. */
  readonly #keys = new Map<string, string>();
  readonly #eventIds = new Set<string>();
  readonly faults: string[] = [];
  /** Further lines of events that are counted already. */
  copies = 0;
  /** How many of them the archive held. */
  archived = 0;

  get count(): number {
    return this.#events.size;
  }

  has(eventId: string): boolean {
    return this.#eventIds.has(eventId);
  }

  add({ source, json }: HeldEvent): void {
    const event = JSON.parse(json) as AnalyticsEvent;
    const key = `${source} ${idDay(event.eventId, event.timestamp)} ${event.eventId}`;
    const known = this.#events.get(key);
    if (known !== undefined) {
      this.copies++;
      if (known !== json) this.faults.push(`two copies of ${event.eventId} differ`);
      return;
    }
    this.#events.set(key, json);
    this.#eventIds.add(event.eventId);
    this.#number(event, key);
  }

  #number({ eventId, queue, properties }: AnalyticsEvent, key: string): void {
    // A report has no number.
    if (queue === undefined || queue.seq === 0) return;
    const number = `${queue.id} ${queue.seq}`;
    if (this.#keys.has(number)) this.faults.push(`${number} is counted twice, as ${eventId} too`);
    this.#keys.set(number, key);
    const { length, text } = (properties ?? {}) as { length?: number; text?: string };
    if (length !== undefined && text !== 'é'.repeat(length)) {
      this.faults.push(`${eventId} is not what was tracked`);
    }
  }
}
