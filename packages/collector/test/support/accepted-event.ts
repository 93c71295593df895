import type { AcceptedEvent } from '@holdfast/protocol';

/** A valid event as a sink is handed it. */
export function acceptedEvent(eventId: string, change: Partial<AcceptedEvent> = {}): AcceptedEvent {
  const timestamp = '2026-11-23T10:00:00.000Z';
  const json = `{"type":"track","eventId":"${eventId}","timestamp":"${timestamp}","event":"Tested"}`;
  return {
    source: 'shop',
    eventId,
    idDay: '2026-11-23',
    partitionKey: eventId,
    priority: 'normal',
    receivedAtMs: 1_795_000_000_000,
    headers: {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_source: 'shop',
      ce_type: 'track',
      ce_time: timestamp,
      'content-type': 'application/json',
      hf_received_at: '1795000000000',
    },
    bytes: Buffer.from(json),
    ...change,
  };
}
