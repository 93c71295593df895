import type { Priority } from './event.js';

/**
 * What a collector knows about an event besides its bytes: the headers of its Kafka record and of
 * its line in a file segment. The `ce_` names are the Kafka binding of CloudEvents 1.0.
 */
export interface RecordHeaders {
  readonly ce_specversion: '1.0';
  /** The eventId. */
  readonly ce_id: string;
  /** The source: the tenant a write key belongs to. */
  readonly ce_source: string;
  /** The event's `type`. */
  readonly ce_type: string;
  /** The event's `timestamp`, as it stands in its bytes. */
  readonly ce_time: string;
  readonly 'content-type': 'application/json';
  readonly traceparent?: string;
  /** When the collector received the batch: ms since the epoch, decimal. */
  readonly hf_received_at: string;
  /** receivedAt − sentAt in ms, decimal; never used to count. */
  readonly hf_skew_ms?: string;
  readonly hf_ip?: string;
  readonly hf_user_agent?: string;
  /** Name and version of the schema it was checked against. */
  readonly hf_schema?: string;
  /** Of a dead letter: why it was refused. */
  readonly hf_code?: string;
  readonly hf_detail?: string;
}

/** An event that passed admission and validation: what every sink is handed. */
export interface AcceptedEvent {
  /** The tenant; dedup is scoped by it. */
  readonly source: string;
  readonly eventId: string;
  /** The dedup partition: see {@link idDay}. */
  readonly idDay: string;
  /** userId, else anonymousId, else eventId: spreads load, nothing relies on it. */
  readonly partitionKey: string;
  readonly priority: Priority;
  readonly receivedAtMs: number;
  readonly headers: RecordHeaders;
  /** The event's JSON as it came; raw LF and CR between tokens are spaces. */
  readonly bytes: Uint8Array;
  /** Its `queue` as it stands in the bytes, if it has one. */
  readonly queue?: string | undefined;
}

/** The topic of events and, beside it, that of the refused ones. */
export const defaultTopic = 'events';
export const deadLetterTopic = (topic: string): string => `${topic}.dead`;
