/** What a collector must make of a body, worked out the slow way. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { idDay, limits, type ProblemCode } from '@holdfast/protocol';
import {
  type ReferenceEvent,
  referenceBatch,
} from '../../packages/collector/test/support/reference-verdict.js';
import { readMsgpackFrame } from './reference-msgpack.js';

export type BodyFormat = 'json' | 'msgpack';
export type BodyEncoding = 'identity' | 'gzip' | 'br';

export type ExpectedEvent =
  | {
      readonly kind: 'valid';
      readonly eventId: string;
      readonly idDay: string;
      readonly partitionKey: string;
      /** What must reach the sinks. */
      readonly bytes: Buffer;
    }
  /** One of these codes. */
  | { readonly kind: 'rejected'; readonly codes: readonly string[] };

export type Expected =
  | {
      readonly kind: 'batch';
      readonly batchId: string | undefined;
      readonly events: readonly ExpectedEvent[];
    }
  /** Refused with one of these codes; `ok` stands for an ack of whatever it holds. */
  | { readonly kind: 'codes'; readonly codes: readonly (ProblemCode | 'ok')[] }
  /** Too deep for the reference's recursion: only the answer's form is looked at. */
  | { readonly kind: 'unjudged' };

/** Nesting that the reference can follow. */
const maxReferenceDepth = 1_500;
/** Of what zod refuses, the reference knows no code. */
const schemaCodes = ['missing_field', 'invalid_event_id', 'invalid_timestamp', 'invalid_field'];

/** What a body on the wire must be answered with, from a known key in the right form. */
export function expectedOf(wire: Buffer, format: BodyFormat, encoding: BodyEncoding): Expected {
  if (wire.length > limits.maxWireBytes) return refused('body_too_large');
  const body = inflated(wire, encoding);
  if (body === 'invalid_compression' || body === 'inflated_too_large') return refused(body);
  if (body.length > limits.maxInflatedBytes) return refused('inflated_too_large');
  if (depthOf(body) > maxReferenceDepth) return { kind: 'unjudged' };
  try {
    return format === 'json' ? expectedOfJson(body) : expectedOfMsgpack(body);
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'unjudged' };
    throw error;
  }
}

function refused(...codes: ProblemCode[]): Expected {
  return { kind: 'codes', codes };
}

function inflated(wire: Buffer, encoding: BodyEncoding) {
  if (encoding === 'identity') return wire;
  const options = { maxOutputLength: limits.maxInflatedBytes };
  try {
    return encoding === 'gzip' ? gunzipSync(wire, options) : brotliDecompressSync(wire, options);
  } catch (error) {
    const isLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return isLarge ? 'inflated_too_large' : 'invalid_compression';
  }
}

/** An upper bound of the nesting: brackets within strings count too. */
function depthOf(body: Buffer): number {
  let depth = 0;
  let deepest = 0;
  for (const byte of body) {
    if (byte === 0x5b || byte === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return deepest;
}

function expectedOfJson(body: Buffer): Expected {
  const reference = referenceBatch(body);
  if (reference.kind === 'problem') return refused(...alternatives(reference.code as ProblemCode));
  const { batchId } = JSON.parse(body.toString()) as { batchId?: string };
  return { kind: 'batch', batchId, events: reference.events.map(toExpected) };
}

/** Of several things wrong with a frame a collector names the one that it meets first. */
function alternatives(code: ProblemCode): ProblemCode[] {
  if (code === 'invalid_json') return [code, 'invalid_batch', 'too_many_events'];
  if (code === 'too_many_events') return [code, 'invalid_batch'];
  return [code];
}

function toExpected(event: ReferenceEvent): ExpectedEvent {
  if (event.kind === 'rejected') {
    return { kind: 'rejected', codes: event.code === undefined ? schemaCodes : [event.code] };
  }
  const { eventId, text } = event;
  const members = JSON.parse(text) as { timestamp: string; userId?: string; anonymousId?: string };
  return {
    kind: 'valid',
    eventId,
    idDay: idDay(eventId, members.timestamp),
    partitionKey: members.userId ?? members.anonymousId ?? eventId,
    bytes: Buffer.from(text),
  };
}

function expectedOfMsgpack(body: Buffer): Expected {
  const frame = readMsgpackFrame(body);
  if (frame.kind === 'problem') return refused(...frame.codes);
  const { batchId } = frame;
  return { kind: 'batch', batchId, events: frame.events.map(expectedAlone) };
}

/** An event that stands alone: one that is no JSON costs no other. */
function expectedAlone(bytes: Buffer): ExpectedEvent {
  const noEvent: ExpectedEvent = { kind: 'rejected', codes: ['invalid_event'] };
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // Not UTF-8 or not JSON: refused by itself.
    return noEvent;
  }
  const wrapped = Buffer.concat([Buffer.from('{"events":['), bytes, Buffer.from(']}')]);
  const reference = referenceBatch(wrapped);
  return reference.kind === 'batch' ? toExpected(reference.events[0]!) : noEvent;
}
