/**
 * Events that were refused for good, as a sink takes them: the line of an event, with the refusal
 * in its headers. `rejected` is answered only once the dead letter is stored; without a place for
 * dead letters it is answered at once.
 */
import { type AcceptedEvent, limits, type RecordHeaders } from '@holdfast/protocol';
import type { Batch, BatchEvent } from '../scan/scan-batch.js';
import type { Reception } from './accept-batch.js';

type RejectedBatchEvent = Extract<BatchEvent, { kind: 'rejected' }>;

/** The refused events of a batch, in their order. */
export function deadLetters(batch: Batch, reception: Reception): AcceptedEvent[] {
  const letters: AcceptedEvent[] = [];
  for (const event of batch.events) {
    if (event.kind === 'rejected') letters.push(deadLetter(event, reception));
  }
  return letters;
}

/** An event without a sound eventId has an empty one; bytes over `maxEventBytes` are cut. */
function deadLetter(event: RejectedBatchEvent, reception: Reception): AcceptedEvent {
  const { source, priority, receivedAtMs, userAgent } = reception;
  const { eventId = '', code, detail, bytes } = event;
  const headers: { -readonly [name in keyof RecordHeaders]: RecordHeaders[name] } = {
    ce_specversion: '1.0',
    ce_id: eventId,
    ce_source: source,
    ce_type: '',
    ce_time: '',
    'content-type': 'application/json',
    hf_received_at: String(receivedAtMs),
    hf_code: code,
  };
  if (detail !== undefined) headers.hf_detail = detail;
  if (userAgent !== undefined) headers.hf_user_agent = userAgent;
  return {
    ...{ source, priority, receivedAtMs, headers },
    eventId,
    idDay: '1970-01-01',
    partitionKey: eventId,
    bytes: oneLine(bytes.subarray(0, limits.maxEventBytes)),
  };
}

/** What is no JSON may hold line ends anywhere; in a segment they would end the line. */
function oneLine(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte));
}
