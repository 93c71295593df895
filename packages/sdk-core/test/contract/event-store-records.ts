/** Records, requests and readings that tests of event stores share. */
import type { Priority } from '@holdfast/protocol';
import type {
  EventJson,
  EventStore,
  LeasedRecord,
  LeaseRequest,
  QueueRecord,
  SettledRecord,
  StoreUsage,
} from '@holdfast/sdk-core/ports';

/** A record as an SDK would store it; `n` gives its eventId, seq and text. */
export function makeRecord(n: number, changes: Partial<QueueRecord> = {}): QueueRecord {
  const eventId = changes.eventId ?? `e-${n}`;
  const json = changes.json ?? `{"type":"track","eventId":"${eventId}","event":"Test ${n}"}`;
  return {
    queueId: 'queue-1',
    seq: n,
    priority: 'normal',
    serverTimeMs: 1_795_000_000_000,
    ...changes,
    eventId,
    json,
    sizeBytes: utf8Length(json),
  };
}

export function request(changes: Partial<LeaseRequest> = {}): LeaseRequest {
  return { priority: 'normal', maxEvents: 500, maxBytes: 1_000_000, ...changes };
}

/** Leases until nothing is handed out any more; bounded, so that a broken store fails the test. */
export async function leaseAll(
  store: EventStore,
  priority: Priority = 'normal',
): Promise<LeasedRecord[]> {
  const all: LeasedRecord[] = [];
  for (let round = 0; round < 1_000; round++) {
    const leased = await store.lease(request({ priority }));
    if (leased.length === 0) return all;
    all.push(...leased);
  }
  throw new Error('the store hands out records without end');
}

export function acked(records: readonly LeasedRecord[]): SettledRecord[] {
  return records.map((record) => ({ record, ending: { kind: 'delivered' } }));
}

export function usageOf(records: readonly QueueRecord[]): StoreUsage {
  return {
    events: records.length,
    bytes: records.reduce((sum, record) => sum + record.sizeBytes, 0),
  };
}

export function textOf(json: EventJson): string {
  return typeof json === 'string' ? json : new TextDecoder().decode(json);
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export const idsOf = (records: readonly QueueRecord[]) => records.map((record) => record.eventId);
export const ids = (...numbers: number[]) => numbers.map((n) => `e-${n}`);
const utf8Length = (json: EventJson) =>
  typeof json === 'string' ? new TextEncoder().encode(json).length : json.length;

/** What must survive the store, without the store's own key and with the JSON as text. */
export function plain({
  eventId,
  queueId,
  seq,
  priority,
  json,
  sizeBytes,
  serverTimeMs,
}: QueueRecord) {
  return { eventId, queueId, seq, priority, json: textOf(json), sizeBytes, serverTimeMs };
}
