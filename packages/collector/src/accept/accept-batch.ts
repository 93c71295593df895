/** Turns a scanned batch into what the sinks take, and their outcomes into the answer. */
import {
  type AcceptedEvent,
  type Ack,
  idDay,
  type Priority,
  type RecordHeaders,
} from '@holdfast/protocol';
import type { SinkOutcome } from '../sinks/event-sink.js';
import type { RejectedEvent } from './check-event.js';
import type { Batch, BatchEvent } from './scan-batch.js';
import type { StoreOutcome } from './store-once.js';

/** What a request says about its batch besides the body. */
export interface Reception {
  readonly source: string;
  readonly priority: Priority;
  readonly receivedAtMs: number;
  readonly userAgent?: string | undefined;
  readonly ip?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** The verdicts of one batch; each index stands in exactly one of them. */
export interface BatchVerdict {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: Ack['rejected'];
  readonly retry: Ack['retry'];
}

type SoundEvent = Extract<BatchEvent, { kind: 'valid' }>;

/** The events of a batch that passed, as sinks take them, in their order. */
export function acceptedEvents(batch: Batch, reception: Reception): AcceptedEvent[] {
  const shared = sharedHeaders(batch, reception);
  const events: AcceptedEvent[] = [];
  for (const event of batch.events) {
    if (event.kind === 'valid') events.push(acceptedEvent(event, reception, shared));
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

type SharedHeaders = Omit<RecordHeaders, 'ce_id' | 'ce_type' | 'ce_time'>;

function sharedHeaders(batch: Batch, reception: Reception): SharedHeaders {
  const { source, receivedAtMs, userAgent, ip, traceparent } = reception;
  const sentAtMs = batch.sentAt === undefined ? Number.NaN : Date.parse(batch.sentAt);
  return {
    ce_specversion: '1.0',
    ce_source: source,
    'content-type': 'application/json',
    hf_received_at: String(receivedAtMs),
    ...(Number.isNaN(sentAtMs) ? {} : { hf_skew_ms: String(receivedAtMs - sentAtMs) }),
    ...(userAgent === undefined ? {} : { hf_user_agent: userAgent }),
    ...(ip === undefined ? {} : { hf_ip: ip }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function acceptedEvent(
  event: SoundEvent,
  reception: Reception,
  shared: SharedHeaders,
): AcceptedEvent {
  const { eventId, timestamp, type, partitionKey, bytes } = event;
  return {
    source: reception.source,
    eventId,
    idDay: idDay(eventId, timestamp),
    partitionKey,
    priority: reception.priority,
    receivedAtMs: reception.receivedAtMs,
    headers: { ...shared, ce_id: eventId, ce_type: type, ce_time: timestamp },
    bytes,
  };
}

function rejection(index: number, event: RejectedEvent): Ack['rejected'][number] {
  const { eventId, code, detail } = event;
  return {
    index,
    code,
    ...(eventId === undefined ? {} : { eventId }),
    ...(detail === undefined ? {} : { detail }),
  };
}
