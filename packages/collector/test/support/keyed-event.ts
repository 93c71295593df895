import type { AcceptedEvent } from '@holdfast/protocol';
import { partitionOf } from '../../src/sinks/kafka/partitioner.js';
import { acceptedEvent } from './accepted-event.js';

/** Events whose keys lead to one partition of `partitionCount`. */
export function eventsInPartition(
  partition: number,
  partitionCount: number,
  count: number,
  prefix: string,
): AcceptedEvent[] {
  const events: AcceptedEvent[] = [];
  for (let n = 0; events.length < count; n++) {
    const eventId = `${prefix}-${partition}-${n}`;
    if (partitionOf(Buffer.from(eventId), partitionCount) !== partition) continue;
    events.push(acceptedEvent(eventId));
  }
  return events;
}
