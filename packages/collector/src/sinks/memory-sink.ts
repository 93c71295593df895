import type { AcceptedEvent, Durable } from '@holdfast/protocol';
import type { EventSink, SinkAvailability, SinkOutcome } from './event-sink.js';

/** Keeps events in memory: for tests. Its ack says so (`memory`); it can be told to be down. */
export class MemorySink implements EventSink {
  readonly name = 'memory';
  readonly durable: Durable = 'memory';
  readonly events: AcceptedEvent[] = [];
  isDown = false;
  #isOpen = false;

  async open(): Promise<void> {
    this.#isOpen = true;
  }

  availability(): SinkAvailability {
    return { isAvailable: this.#isOpen && !this.isDown };
  }

  async write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]> {
    if (!this.availability().isAvailable) {
      return events.map(() => ({ kind: 'retry', code: 'sink_unavailable' }));
    }
    this.events.push(...events);
    return events.map(() => ({ kind: 'stored' }));
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }
}
