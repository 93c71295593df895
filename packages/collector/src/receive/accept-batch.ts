/** Turns a scanned batch into what the sinks take, and their outcomes into the answer. */
import {
  type AcceptedEvent,
  type Ack,
  idDay,
  type Priority,
  type RecordHeaders,
} from '@holdfast/protocol';
import type { StoreOutcome } from '../dedup/store-once.js';
import type { BatchVerdict } from '../dialects/dialect.js';
import type { RejectedEvent } from '../scan/check-event.js';
import type { Batch, BatchEvent } from '../scan/scan-batch.js';
import type { SinkOutcome } from '../sinks/event-sink.js';

/** What a request says about its batch besides the body. */
export interface Reception {
  readonly source: string;
  readonly priority: Priority;
  readonly receivedAtMs: number;
  readonly userAgent?: string | undefined;
  readonly ip?: string | undefined;
  readonly traceparent?: string | undefined;
}

type SoundEvent = Extract<BatchEvent, { kind: 'valid' }>;

/** The events of a batch that passed, as sinks take them, in their order. */
export function acceptedEvents(batch: Batch, reception: Reception): AcceptedEvent[] {
  const optional = optionalHeaders(batch, reception);
  const events: AcceptedEvent[] = [];
  for (const event of batch.events) {
    if (event.kind === 'valid') events.push(acceptedEvent(event, reception, optional));
  }
  return events;
}

/** Joins what validation said with what the sinks said of the valid ones, and the place for dead
 *  letters of the others: `rejected` is for ever, so it is not said of what could not be kept. */
export function batchVerdict(
  batch: Batch,
  outcomes: readonly StoreOutcome[],
  letters: readonly SinkOutcome[] = [],
): BatchVerdict {
  const rejected: Ack['rejected'][number][] = [];
  const retry: Ack['retry'][number][] = [];
  let accepted = 0;
  let duplicates = 0;
  let next = 0;
  let nextLetter = 0;
  batch.events.forEach((event, index) => {
    if (event.kind === 'rejected') {
      const letter = letters[nextLetter++];
      if (letter?.kind === 'retry') retry.push({ ...rejection(index, event), code: letter.code });
      else rejected.push(rejection(index, event));
      return;
    }
    const outcome = outcomes[next++]!;
    if (outcome.kind === 'stored') accepted++;
    else if (outcome.kind === 'duplicate') duplicates++;
    else retry.push({ index, eventId: event.eventId, code: outcome.code });
  });
  return { accepted, duplicates, rejected, retry };
}

/** Headers that not every request has. */
type OptionalHeaders = {
  -readonly [name in 'hf_skew_ms' | 'hf_user_agent' | 'hf_ip' | 'traceparent']?: string;
};

function optionalHeaders(batch: Batch, reception: Reception): OptionalHeaders {
  const { receivedAtMs, userAgent, ip, traceparent } = reception;
  const sentAtMs = batch.sentAt === undefined ? Number.NaN : Date.parse(batch.sentAt);
  // One that is absent has no member: a record's headers are sent name by name.
  const headers: OptionalHeaders = {};
  if (!Number.isNaN(sentAtMs)) headers.hf_skew_ms = String(receivedAtMs - sentAtMs);
  if (userAgent !== undefined) headers.hf_user_agent = userAgent;
  if (ip !== undefined) headers.hf_ip = ip;
  if (traceparent !== undefined) headers.traceparent = traceparent;
  return headers;
}

function acceptedEvent(
  event: SoundEvent,
  { source, priority, receivedAtMs }: Reception,
  optional: OptionalHeaders,
): AcceptedEvent {
  const { eventId, timestamp, type, partitionKey, bytes, queue } = event;
  // The spread stands last: in front it costs more than the whole scan of an event.
  const headers: RecordHeaders = {
    ce_specversion: '1.0',
    ce_id: eventId,
    ce_source: source,
    ce_type: type,
    ce_time: timestamp,
    'content-type': 'application/json',
    hf_received_at: String(receivedAtMs),
    ...optional,
  };
  const day = idDay(eventId, timestamp);
  return {
    source,
    eventId,
    idDay: day,
    partitionKey,
    priority,
    receivedAtMs,
    headers,
    bytes,
    queue,
  };
}

function rejection(
  index: number,
  { eventId, code, detail }: RejectedEvent,
): Ack['rejected'][number] {
  return { index, code, eventId, detail };
}
