import type { ProblemCode } from '@holdfast/protocol';
import { circuitStates } from '@holdfast/server-core/circuit-breaker';
import { type GaugeReading, MetricRegistry } from '@holdfast/server-core/metrics/metric-registry';
import type { BatchVerdict } from '../dialects/dialect.js';
import type { EventSink } from '../sinks/event-sink.js';

/** Seconds: from a batch that waits for nobody to a sink's timeout. */
const durationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

/** What is read at the moment of a scrape. */
export interface LiveReadings {
  readonly bytesInFlight: number;
  readonly requestsInFlight: number;
  readonly pressure: number;
  readonly loopDelayMs: number;
  readonly isReady: boolean;
}

/** Every metric of the collector; units stand in the names, as Prometheus wants them. */
export class CollectorMetrics {
  readonly #registry = new MetricRegistry();
  readonly #requests = this.#registry.counter(
    'holdfast_requests_total',
    'Answers to POST /v1/events by status and problem code (ok: an ack).',
  );
  readonly #requestSeconds = this.#registry.histogram(
    'holdfast_request_duration_seconds',
    'From the headers of a request to the end of its answer.',
    durationBounds,
  );
  readonly #bodyBytes = this.#registry.counter(
    'holdfast_body_bytes_total',
    'Bytes of bodies that were read, inflated.',
  );
  readonly #events = this.#registry.counter(
    'holdfast_events_total',
    'Events by source and verdict: accepted, duplicate, rejected, retry.',
  );
  readonly #rejected = this.#registry.counter(
    'holdfast_events_rejected_total',
    'Rejected events by code.',
  );
  readonly #writeSeconds = this.#registry.histogram(
    'holdfast_sink_write_duration_seconds',
    'How long a batch took to be stored by all sinks.',
    durationBounds,
  );

  /** `others`: sinks beside those that events are acked for, such as that of dead letters. */
  constructor(
    sinks: readonly EventSink[],
    live: () => LiveReadings,
    others: readonly EventSink[] = [],
  ) {
    const registry = this.#registry;
    registry.gauge('holdfast_ready', '1: serving; 0: starting or draining.', () =>
      live().isReady ? 1 : 0,
    );
    registry.gauge(
      'holdfast_requests_in_flight',
      'Requests that are not answered yet.',
      () => live().requestsInFlight,
    );
    registry.gauge(
      'holdfast_in_flight_bytes',
      'Bytes of bodies that are held.',
      () => live().bytesInFlight,
    );
    registry.gauge(
      'holdfast_pressure_ratio',
      '0: idle; 1: a bound of load is reached.',
      () => live().pressure,
    );
    registry.gauge(
      'holdfast_event_loop_delay_seconds',
      'How late the event loop is.',
      () => live().loopDelayMs / 1_000,
    );
    registry.gauge('holdfast_sink_available', '1: the sink takes events; 0: it does not.', () =>
      sinks.map((sink) => ({
        labels: { sink: sink.name },
        value: sink.availability().isAvailable ? 1 : 0,
      })),
    );
    registry.gauge(
      'holdfast_circuit_breaker_state',
      '1: the circuit breaker is in this state; 0: it is not.',
      () => [...sinks, ...others].flatMap(breakerReadings),
    );
    registry.total(
      'holdfast_dead_letters_deleted_total',
      'Refused events that were deleted so that the others stay within their bound.',
      () => others.flatMap((sink) => deletedReading(sink, 'events')),
    );
    registry.total(
      'holdfast_dead_letter_bytes_deleted_total',
      'Bytes of the segments that those stood in.',
      () => others.flatMap((sink) => deletedReading(sink, 'bytes')),
    );
    registry.gauge('process_resident_memory_bytes', 'Memory of the process.', () =>
      process.memoryUsage.rss(),
    );
  }

  countRequest(status: number, code: ProblemCode | 'ok' | 'aborted', durationMs: number): void {
    this.#requests.add({ status: String(status), code });
    this.#requestSeconds.observe(durationMs / 1_000);
  }

  countBody(bytes: number): void {
    this.#bodyBytes.add({}, bytes);
  }

  countVerdict(source: string, verdict: BatchVerdict): void {
    this.#events.add({ source, verdict: 'accepted' }, verdict.accepted);
    this.#events.add({ source, verdict: 'duplicate' }, verdict.duplicates);
    this.#events.add({ source, verdict: 'rejected' }, verdict.rejected.length);
    this.#events.add({ source, verdict: 'retry' }, verdict.retry.length);
    for (const { code } of verdict.rejected) this.#rejected.add({ code });
  }

  timeWrite(durationMs: number): void {
    this.#writeSeconds.observe(durationMs / 1_000);
  }

  render(): string {
    return this.#registry.render();
  }
}

function breakerReadings(sink: EventSink): GaugeReading {
  return (sink.breakers?.() ?? []).flatMap(({ name, state }) =>
    circuitStates.map((each) => ({
      labels: { sink: sink.name, breaker: name, state: each },
      value: each === state ? 1 : 0,
    })),
  );
}

function deletedReading(sink: EventSink, what: 'events' | 'bytes'): GaugeReading {
  const deleted = sink.deleted?.();
  return deleted === undefined ? [] : [{ labels: { sink: sink.name }, value: deleted[what] }];
}
