import type { EventSink, SinkAvailability, SinkOutcome } from '@holdfast/collector';
import type { AcceptedEvent } from '@holdfast/protocol';
import { collectorLimits } from '../../../packages/collector/src/limits.js';
import type { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';

/**
 * A sink of finite capacity: it stores so many batches a second, the oldest first, and keeps the
 * others waiting; what would wait longer than a sink may is answered `retry`.
 */
export class FiniteSink implements EventSink {
  readonly name = 'memory';
  readonly durable = 'memory';
  /** Copies stored of each event. */
  readonly copies = new Map<string, number>();
  isDown = false;
  /** When the batch that was stored last was. */
  lastStoredAtMs = 0;
  readonly #clock: VirtualClock;
  readonly #batchMs: number;
  #freeAtMs = 0;

  constructor(clock: VirtualClock, batchesPerSecond: number) {
    this.#clock = clock;
    this.#batchMs = 1_000 / batchesPerSecond;
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  availability(): SinkAvailability {
    return { isAvailable: !this.isDown };
  }

  write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]> {
    const nowMs = this.#clock.monotonicMs();
    const doneAtMs = Math.max(nowMs, this.#freeAtMs) + this.#batchMs;
    const isInTime = doneAtMs - nowMs <= collectorLimits.sinkTimeoutMs;
    if (isInTime) this.#freeAtMs = doneAtMs;
    const waitMs = isInTime ? doneAtMs - nowMs : collectorLimits.sinkTimeoutMs;
    return new Promise((resolve) => {
      this.#clock.schedule(waitMs, () => {
        resolve(events.map((event) => (isInTime ? this.#store(event) : busy)));
      });
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #store({ eventId }: AcceptedEvent): SinkOutcome {
    this.copies.set(eventId, (this.copies.get(eventId) ?? 0) + 1);
    this.lastStoredAtMs = this.#clock.monotonicMs();
    return stored;
  }
}

const stored: SinkOutcome = { kind: 'stored' };
const busy: SinkOutcome = { kind: 'retry', code: 'sink_busy' };
