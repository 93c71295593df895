import type { AcceptedEvent, Durable, RetryCode } from '@holdfast/protocol';
import type { CircuitState } from '@holdfast/server-core/circuit-breaker';

/** What became of one event: stored for good, or not taken now. */
export type SinkOutcome =
  | { readonly kind: 'stored' }
  | { readonly kind: 'retry'; readonly code: RetryCode };

/** A circuit is open or the tier is down: nothing can be taken now. */
export interface SinkAvailability {
  readonly isAvailable: boolean;
  /** When it may be worth to ask again, ms from now; the server adds randomness. */
  readonly retryAfterMs?: number;
}

/** A circuit breaker as metrics show it. */
export interface BreakerReading {
  /** What it stands before, such as a topic's partition: `events/7`. */
  readonly name: string;
  readonly state: CircuitState;
}

/** What a sink deleted to stay within its bound. */
export interface DeletedReading {
  readonly events: number;
  readonly bytes: number;
}

/**
 * Where a collector puts events. `write` answers within 15 s whatever happens behind it, never
 * rejects, and says `stored` only for what the tier has confirmed: the client deletes its copy.
 */
export interface EventSink {
  /** That of its kind: for logs, metrics and options. */
  readonly name: string;
  /** What its ack stands for, once opened. */
  readonly durable: Durable;
  /** Makes it ready, or throws if it can never be: bad configuration, unusable folder. A tier
   *  that is merely down is no error: the sink is then not available until it is back. */
  open(): Promise<void>;
  /** Asked before a body is read. */
  availability(): SinkAvailability;
  /** The breakers that it has now, for metrics; left out if it never has one. */
  breakers?(): readonly BreakerReading[];
  /** What it has deleted so far, for metrics; left out if it never deletes. */
  deleted?(): DeletedReading;
  /** One outcome an event, in their order. */
  write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]>;
  /** Waits for what is under way, at most `timeoutMs`, and frees handles. */
  close(timeoutMs: number): Promise<void>;
}
