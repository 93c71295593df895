import { setTimeout as pause } from 'node:timers/promises';
import { idDay } from '@holdfast/protocol';
import { eachRecord, type KcatRecord } from '../../scripts/servers/kcat.js';
import { tortureLimits as limits } from './limits.js';
import { eventText, type Receipt } from './receipt-log.js';
import { digestOf } from './tracked-events.js';

/** What of a record the checker compares. */
export interface TopicRecord {
  /** As `eventText` has it: by the header of its source and the eventId in its bytes. */
  readonly event: string;
  /** What deduplication compares: source, idDay, eventId. */
  readonly dedupKey: string;
  readonly partition: number;
  readonly offset: number;
  /** Of its bytes. */
  readonly digest: string;
  /** Whether the headers name the event that the bytes hold. */
  readonly isNamedRight: boolean;
}

/** The whole topic, looked at again while something is missing that must be in it. */
export async function readTopicRecords(
  bootstrap: string,
  topic: string,
  acked: ReadonlySet<string>,
  receipts: readonly Receipt[],
  maxLooks: number,
): Promise<TopicRecord[]> {
  for (let look = 1; ; look++) {
    const records: TopicRecord[] = [];
    await eachRecord(bootstrap, topic, (record) => records.push(topicRecord(record)));
    if (look === maxLooks || isComplete(records, acked, receipts)) return records;
    await pause(limits.lookEveryMs);
  }
}

/** The events of a topic by their headers, for dead letters, whose bytes may be anything. */
export async function readEventNames(bootstrap: string, topic: string): Promise<Set<string>> {
  const names = new Set<string>();
  await eachRecord(bootstrap, topic, ({ headers }) => {
    names.add(eventText(headers.ce_source ?? '', headers.ce_id ?? ''));
  });
  return names;
}

function topicRecord({ partition, offset, value, headers }: KcatRecord): TopicRecord {
  const { eventId, timestamp } = JSON.parse(value) as { eventId: string; timestamp: string };
  const source = headers.ce_source ?? '';
  const event = eventText(source, eventId);
  return {
    ...{ event, partition, offset },
    dedupKey: `${source} ${idDay(eventId, timestamp)} ${eventId}`,
    digest: digestOf(value),
    isNamedRight: headers.ce_id === eventId,
  };
}

function isComplete(
  records: readonly TopicRecord[],
  acked: ReadonlySet<string>,
  receipts: readonly Receipt[],
): boolean {
  const present = new Set<string>();
  const ends = new Map<number, number>();
  for (const { event, partition, offset } of records) {
    present.add(event);
    ends.set(partition, Math.max(offset, ends.get(partition) ?? 0));
  }
  for (const event of acked) if (!present.has(event)) return false;
  return receipts.every(({ partition, offset }) => offset <= (ends.get(partition) ?? -1));
}
