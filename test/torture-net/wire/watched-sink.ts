import {
  type EventSink,
  FileSink,
  type SinkAvailability,
  type SinkOutcome,
} from '@holdfast/collector';
import type { AcceptedEvent } from '@holdfast/protocol';

/** A file sink that tells at any moment which events it has confirmed. */
export class WatchedSink implements EventSink {
  readonly name = 'file';
  readonly durable = 'file';
  readonly #sink: FileSink;
  /** How often each event was stored: copies that came through are told by the tier behind. */
  readonly stored = new Map<string, number>();

  constructor(folder: string) {
    this.#sink = new FileSink({ folder });
  }

  open(): Promise<void> {
    return this.#sink.open();
  }

  availability(): SinkAvailability {
    return this.#sink.availability();
  }

  async write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]> {
    const outcomes = await this.#sink.write(events);
    events.forEach(({ eventId }, index) => {
      if (outcomes[index]?.kind !== 'stored') return;
      this.stored.set(eventId, (this.stored.get(eventId) ?? 0) + 1);
    });
    return outcomes;
  }

  close(timeoutMs: number): Promise<void> {
    return this.#sink.close(timeoutMs);
  }
}
