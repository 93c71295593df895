import { type AnalyticsEvent, priorities } from '@holdfast/protocol';
import type { DeadLetter } from '@holdfast/sdk-core/dead-letter';
import type { QueueRecord } from '@holdfast/sdk-core/ports';

/** The record that a dead letter was: the same eventId and bytes. Its age begins anew. */
export function recordOf({ eventJson }: DeadLetter, nowMs: number): QueueRecord {
  const { eventId, queue, priority } = JSON.parse(eventJson) as AnalyticsEvent;
  return {
    eventId,
    queueId: queue?.id ?? '',
    seq: queue?.seq ?? 0,
    priority: priorities.find((each) => each === priority) ?? 'normal',
    json: eventJson,
    sizeBytes: Buffer.byteLength(eventJson),
    serverTimeMs: nowMs,
  };
}
