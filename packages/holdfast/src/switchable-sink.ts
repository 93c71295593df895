import type { EventSink, SinkAvailability, SinkOutcome } from '@holdfast/collector';
import type { AcceptedEvent, Durable } from '@holdfast/protocol';
import type { Clock } from '@holdfast/server-core/ports';

/** A sink that can be made unavailable for a while, to show what clients then do. */
export class SwitchableSink implements EventSink {
  readonly #sink: EventSink;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #downUntilMs = 0;

  constructor(sink: EventSink, clock: Pick<Clock, 'monotonicMs'>) {
    this.#sink = sink;
    this.#clock = clock;
  }

  get name(): EventSink['name'] {
    return this.#sink.name;
  }

  get durable(): Durable {
    return this.#sink.durable;
  }

  /** Takes nothing for so long, counted from now. */
  takeDown(durationMs: number): void {
    this.#downUntilMs = this.#clock.monotonicMs() + durationMs;
  }

  open(): Promise<void> {
    return this.#sink.open();
  }

  availability(): SinkAvailability {
    const leftMs = this.#downUntilMs - this.#clock.monotonicMs();
    return leftMs > 0 ? { isAvailable: false, retryAfterMs: leftMs } : this.#sink.availability();
  }

  write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]> {
    if (this.#downUntilMs <= this.#clock.monotonicMs()) return this.#sink.write(events);
    return Promise.resolve(events.map(() => ({ kind: 'retry', code: 'sink_unavailable' })));
  }

  close(timeoutMs: number): Promise<void> {
    return this.#sink.close(timeoutMs);
  }
}
