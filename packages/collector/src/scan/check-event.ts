/** Judges one scanned event as the protocol's zod schema does, without building it. */
import {
  isEventId,
  isTimestamp,
  limits,
  needsOfType,
  priorities,
  type RejectedCode,
} from '@holdfast/protocol';
import type { MemberName, ScannedEvent } from './scan-event.js';
import { eventFault } from './scan-json.js';

export interface ValidEvent {
  readonly kind: 'valid';
  readonly eventId: string;
  readonly type: string;
  readonly timestamp: string;
  /** userId, else anonymousId, else eventId. */
  readonly partitionKey: string;
  /** A view into the body. */
  readonly bytes: Uint8Array;
  /** JSON. */
  readonly queue?: string | undefined;
}

export interface RejectedEvent {
  readonly kind: 'rejected';
  readonly code: RejectedCode;
  readonly eventId?: string | undefined;
  readonly detail?: string | undefined;
  readonly bytes: Uint8Array;
}

const openBrace = 0x7b;
const usualQueuePosition = /^\{"id":"[^"\\]{1,512}","seq":[1-9]\d{0,14}\}$/;

/** The order decides which code an event with several faults gets. */
const faultCodes: readonly (readonly [number, RejectedCode])[] = [
  [eventFault.tooDeep, 'too_deep'],
  [eventFault.tooManyKeys, 'too_many_keys'],
  [eventFault.forbiddenKey, 'forbidden_key'],
  [eventFault.repeatedKey, 'repeated_key'],
  [eventFault.numberOutOfRange, 'number_out_of_range'],
  [eventFault.loneSurrogate, 'lone_surrogate'],
];
const optionalNames: readonly MemberName[] = [
  'userId',
  'anonymousId',
  'sessionId',
  'event',
  'name',
  'groupId',
  'previousId',
];
const objectNames: readonly MemberName[] = ['properties', 'traits', 'context'];
const priorityTexts: readonly (string | undefined)[] = priorities;

/** The verdict on the event that `event` was scanned from. */
export function checkEvent(event: ScannedEvent): ValidEvent | RejectedEvent {
  const bytes = event.cursor.bytes.subarray(event.start, event.end);
  const eventId = event.isObject ? event.text('eventId') : undefined;
  const fault = structuralFault(event) ?? memberFault(event, eventId);
  if (fault !== undefined) {
    return { kind: 'rejected', bytes, eventId: isEventId(eventId) ? eventId : undefined, ...fault };
  }
  return {
    kind: 'valid',
    eventId: eventId!,
    type: event.text('type')!,
    timestamp: event.text('timestamp')!,
    partitionKey: event.text('userId') ?? event.text('anonymousId') ?? eventId!,
    bytes,
    queue: event.has('queue') ? event.source('queue') : undefined,
  };
}

interface Fault {
  readonly code: RejectedCode;
  readonly detail?: string;
}

function structuralFault(event: ScannedEvent): Fault | undefined {
  if (event.end - event.start > limits.maxEventBytes) {
    return { code: 'too_large', detail: `over ${limits.maxEventBytes} bytes` };
  }
  const { faults } = event.cursor;
  if (faults !== 0) {
    for (const [bit, code] of faultCodes) if ((faults & bit) !== 0) return { code };
  }
  return event.isObject ? undefined : { code: 'invalid_event', detail: 'not an object' };
}

function memberFault(event: ScannedEvent, eventId: string | undefined): Fault | undefined {
  for (const name of ['eventId', 'timestamp', 'type'] as const) {
    if (!event.has(name)) return { code: 'missing_field', detail: name };
  }
  if (!isEventId(eventId)) return { code: 'invalid_event_id' };
  if (!isTimestamp(event.text('timestamp'))) return { code: 'invalid_timestamp' };
  const wrong = wrongMember(event);
  if (wrong !== undefined) return { code: 'invalid_field', detail: wrong };
  const missing = missingMember(event);
  if (missing !== undefined) return { code: 'missing_field', detail: missing };
  if (event.text('type') !== 'report') return undefined;
  const report = wrongReportMember(JSON.parse(event.source('properties')));
  return report === undefined ? undefined : { code: 'invalid_field', detail: report };
}

/** The first member of a wrong type or length. */
function wrongMember(event: ScannedEvent): string | undefined {
  if (!event.isText('type', limits.maxNameLength)) return 'type';
  for (const name of optionalNames) {
    if (event.has(name) && !event.isText(name, limits.maxNameLength)) return name;
  }
  for (const name of objectNames) {
    if (event.has(name) && event.firstByte(name) !== openBrace) return name;
  }
  if (event.has('priority') && !priorityTexts.includes(event.text('priority') ?? '')) {
    return 'priority';
  }
  if (event.has('queue') && !isQueuePosition(event.source('queue'))) return 'queue';
  return undefined;
}

function missingMember(event: ScannedEvent): string | undefined {
  for (const group of needsOfType.get(event.text('type')!) ?? []) {
    if (!group.some((name) => event.has(name))) return group.join(' or ');
  }
  return undefined;
}

function wrongReportMember(properties: unknown): string | undefined {
  const { queueId, reporter, lastSeq, dropped, droppedSeqs, rejectedSeqs } = properties as Json;
  if (!isName(queueId)) return 'properties.queueId';
  if (!isName(reporter)) return 'properties.reporter';
  if (lastSeq !== undefined && !isCount(lastSeq)) return 'properties.lastSeq';
  if (!isRecord(dropped) || !Object.values(dropped).every(isCount)) return 'properties.dropped';
  if (droppedSeqs !== undefined && !isSeqsByName(droppedSeqs)) return 'properties.droppedSeqs';
  if (rejectedSeqs !== undefined && !isSeqsByName(rejectedSeqs)) return 'properties.rejectedSeqs';
  return undefined;
}

function isSeqsByName(value: unknown): boolean {
  const isSeqs = (seqs: unknown) => Array.isArray(seqs) && seqs.every(isSeq);
  return isRecord(value) && Object.values(value).every(isSeqs);
}

function isQueuePosition(json: string): boolean {
  // As our own clients write it: parsing it would cost as much as finding all other members.
  if (usualQueuePosition.test(json)) return true;
  const value: unknown = JSON.parse(json);
  return isRecord(value) && isName(value.id) && isSeq(value.seq);
}

type Json = Record<string, unknown>;

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= limits.maxNameLength;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSeq(value: unknown): boolean {
  return isCount(value) && value > 0;
}
