import { idDay, limits } from '@holdfast/protocol';
import type { SegmentLine } from '@holdfast/protocol/file-segment';
import { storageLimits } from '../limits.js';

/** An event as the query tier keeps it. */
export interface EventRow {
  readonly source: string;
  readonly idDay: string;
  readonly eventId: string;
  readonly receivedAtMs: number;
  readonly skewMs: number | null;
  readonly type: string;
  /** The name of a track, page or screen event. */
  readonly event: string | null;
  readonly timestampMs: number;
  readonly userId: string | null;
  readonly anonymousId: string | null;
  /** The queue it was tracked in; of a report, the queue that is reported on. */
  readonly queueId: string | null;
  readonly queueSeq: number | null;
  /** Of a report: the queue of the client that reports. */
  readonly reporter: string | null;
  /** Of a report: JSON of reason → absolute count by this reporter. What is told by number stands
   *  beside, as `dropped/<reason>/<seq>` or `rejected/<code>/<seq>` → 1. */
  readonly dropped: string | null;
  readonly headers: string;
  /** The event's bytes. */
  readonly raw: string;
}

type Json = Record<string, unknown>;

/**
 * The columns of a segment's line. The JSON is parsed here and not by DuckDB: one line that its
 * parser refuses, and it refuses escapes of lone surrogates, would make every query fail.
 */
export function eventRow(line: SegmentLine): EventRow {
  const raw = Buffer.from(line.event.buffer, line.event.byteOffset, line.event.length).toString();
  const headers = JSON.parse(line.headersJson) as { hf_skew_ms?: string };
  const event = JSON.parse(raw) as Json;
  const eventId = String(event.eventId);
  const timestamp = String(event.timestamp);
  return {
    source: line.source,
    idDay: idDay(eventId, timestamp),
    eventId,
    receivedAtMs: line.receivedAtMs,
    skewMs: integer(Number(headers.hf_skew_ms)),
    type: String(event.type),
    event: text(event.event) ?? text(event.name),
    timestampMs: Date.parse(timestamp),
    userId: text(event.userId),
    anonymousId: text(event.anonymousId),
    ...queueColumns(event),
    headers: line.headersJson,
    raw,
  };
}

/** Where a sent event stands in its client's queue; nulls if it does not say, or not in the
 *  protocol's terms. */
export function queuePosition(event: Json): { queueId: string | null; queueSeq: number | null } {
  const queue = object(event.queue);
  const queueId = queueIdOf(queue.id);
  const queueSeq = integer(queue.seq);
  if (queueId === null || queueSeq === null || queueSeq < 1) {
    return { queueId: null, queueSeq: null };
  }
  return { queueId, queueSeq };
}

type QueueColumns = Pick<EventRow, 'queueId' | 'queueSeq' | 'reporter' | 'dropped'>;

function queueColumns(event: Json): QueueColumns {
  if (event.type !== 'report') return { ...queuePosition(event), reporter: null, dropped: null };
  const { queueId, reporter, lastSeq, ...told } = object(event.properties);
  return {
    queueId: queueIdOf(queueId),
    // Of a report: the last number that the queue gave out.
    queueSeq: integer(lastSeq),
    reporter: queueIdOf(reporter),
    dropped: droppedJson(told),
  };
}

const reasonPattern = /^[a-z0-9_]{1,40}$/;

/** What a report tells, without what is no reason, no count or no number. */
function droppedJson({ dropped, droppedSeqs, rejectedSeqs }: Json): string {
  const counts = Object.entries(object(dropped))
    .filter(([reason, count]) => reasonPattern.test(reason) && (integer(count) ?? -1) >= 0)
    .slice(0, storageLimits.reportReasons);
  const named = [...namesOf('dropped', droppedSeqs), ...namesOf('rejected', rejectedSeqs)];
  const told = named.slice(0, storageLimits.reportSeqs).map((name) => [name, 1]);
  return JSON.stringify(Object.fromEntries([...counts, ...told]));
}

function namesOf(kind: 'dropped' | 'rejected', seqsByReason: unknown): string[] {
  return Object.entries(object(seqsByReason)).flatMap(([reason, seqs]) =>
    reasonPattern.test(reason) && Array.isArray(seqs)
      ? seqs.filter((seq) => (integer(seq) ?? 0) > 0).map((seq) => `${kind}/${reason}/${seq}`)
      : [],
  );
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function queueIdOf(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return value.length <= limits.maxNameLength ? value : null;
}

function integer(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null;
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
