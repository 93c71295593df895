/**
 * Bytes on a raw connection that are no request, or several, or one that two readers would cut
 * differently. Whatever a hidden request would store is named `smuggled`: none of it may ever be.
 */
import type { SeededRandom } from '../support/seeded-random.js';
import { writeKeys } from './collector-under-test.js';
import { mutateBytes } from './mutate-bytes.js';
import { chunks } from './post-request.js';

/** What must come of it. */
export type FramingRule =
  /** So many acks, in order, each with the batchId of its request. */
  | { readonly kind: 'acks'; readonly batchIds: readonly string[] }
  /** One problem, then the connection closed; nothing stored. */
  | { readonly kind: 'refused' }
  /** Closed, with or without an answer before. */
  | { readonly kind: 'closed' }
  /** Well-formed answers or none; whoever sent it does not wait. */
  | { readonly kind: 'any' };

export interface FramingCase {
  readonly title: string;
  /** Written one after the other, each in its own turn. */
  readonly pieces: readonly Buffer[];
  readonly ending: 'open' | 'half-closed' | 'reset';
  readonly rule: FramingRule;
  /** Events that may be stored, by eventId; they must if their batch is acked. */
  readonly events: ReadonlyMap<string, Buffer>;
}

export const smuggledPrefix = 'smuggled-';

type Shape = (random: SeededRandom, number: number) => Partial<FramingCase> & { title: string };

const bytes = (text: string) => Buffer.from(text, 'latin1');
/** The only events that this source may ever store. */
export const framingEvent = (eventId: string): string =>
  `{"type":"heartbeat","eventId":"${eventId}","timestamp":"2026-11-23T10:00:00Z"}`;
const batch = (eventId: string, batchId = eventId) =>
  `{"batchId":"${batchId}","events":[${framingEvent(eventId)}]}`;
const start = 'POST /v1/events HTTP/1.1\r\nHost: collector\r\n';
const usual = `Authorization: Bearer ${writeKeys.framing}\r\nContent-Type: application/json\r\n`;
const whole = (eventId: string) => {
  const body = batch(eventId);
  return `${start}${usual}Content-Length: ${body.length}\r\n\r\n${body}`;
};
const smuggled = (number: number) => whole(`${smuggledPrefix}${number}`);
const any: FramingRule = { kind: 'any' };
const refused: FramingRule = { kind: 'refused' };
const closed: FramingRule = { kind: 'closed' };

/** A shape for each of some texts: a head line, a version, a way to say how long a body is. */
const each =
  (
    title: string,
    rule: FramingRule,
    texts: readonly string[],
    toText: (text: string, number: number) => string,
  ): Shape =>
  (random, number) => {
    const text = random.pick(texts);
    return { title: `${title}: ${text.slice(0, 60)}`, rule, pieces: [bytes(toText(text, number))] };
  };

/** A body whose tail is a request of its own, if one believes a shorter length. */
const hiding = (framing: string, number: number) =>
  `${start}${usual}${framing}\r\n\r\n0\r\n\r\n${smuggled(number)}`;
const chunkedBody = (body: string, number: number) =>
  `${start}${usual}Transfer-Encoding: chunked\r\n\r\n${body}${smuggled(number)}`;
const inChunk = (size: string, data: string) => `${size}\r\n${data}\r\n0\r\n\r\n`;

const ambiguousLengths = [
  'Content-Length: 5\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nContent-Length: 5',
  'Content-Length: 5\r\nContent-Length: 6',
  'Content-Length: 5, 6',
  'Content-Length: 5 6',
  'Content-Length: 0x5',
  'Content-Length: -5',
  'Content-Length: +5',
  'Content-Length: 5;',
  'Content-Length: 1e1',
  'Content-Length: ',
  'Content-Length: five',
  'Content-Length: 99999999999999999999999999',
  'Content-Length: 18446744073709551621',
  'Content-Length : 5',
  'Content-Length\t: 5',
  'Content-Length\x00: 5',
  'Content-\r\n Length: 5',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: chunked, gzip',
  'Transfer-Encoding: identity',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\x0b: chunked',
  'Transfer-Encoding: \x0bchunked',
  'Transfer-Encoding: chunked\x00',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding:\r\n\tchunked\r\nContent-Length: 5',
  'Content-Length: 5\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked',
  'X: y\nContent-Length: 5\nTransfer-Encoding: chunked',
  'X: y\rTransfer-Encoding: chunked\r\nContent-Length: 5',
];
/** Refused or taken, but cut by everybody at the same place. */
const oddLengths = [
  'Content-Length: 5\r\nContent-Length: 5',
  'Content-Length:5',
  'Content-Length:  5 ',
  'Content-Length: 005',
  'content-length: 5',
  'Transfer-Encoding: Chunked',
  'transfer-encoding:chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding:\r\n chunked',
  'Transfer_Encoding: chunked\r\nContent-Length: 5',
];
const brokenChunks = [
  inChunk('5 ', 'hello'),
  inChunk('0x5', 'hello'),
  inChunk('-5', 'hello'),
  inChunk('+5', 'hello'),
  inChunk('g', 'hello'),
  inChunk('', 'hello'),
  inChunk('5;\x00', 'hello'),
  inChunk('fffffffffffffffff', 'hello'),
  inChunk('10000000000000005', 'hello'),
  inChunk('5', 'hello!'),
  '5\r\nhelloX\r\n0\r\n\r\n',
  '5\nhello\r\n0\r\n\r\n',
  '5\r\nhello\n0\r\n\r\n',
  '5\r\nhello\r\n0\n\n',
  '5\r\rhello\r\n0\r\n\r\n',
  '\r\n5\r\nhello\r\n0\r\n\r\n',
];
const brokenStarts = [
  'POST /v1/events HTTP/1.1\nHost: collector\n\n',
  'POST /v1/events HTTP/1.1\rHost: collector\r\r',
  'POST /v1/events\r\nHost: collector\r\n\r\n',
  'POST\t/v1/events\tHTTP/1.1\r\nHost: collector\r\n\r\n',
  'POST /v1/ev ents HTTP/1.1\r\nHost: collector\r\n\r\n',
  'post /v1/events HTTP/1.1\r\nHost: collector\r\n\r\n',
  ' POST /v1/events HTTP/1.1\r\nHost: collector\r\n\r\n',
  'PO\x00ST /v1/events HTTP/1.1\r\nHost: collector\r\n\r\n',
  'POST /v1/\x00events HTTP/1.1\r\nHost: collector\r\n\r\n',
  'POST /v1/events HTTP/1.2\r\nHost: collector\r\n\r\n',
  'POST /v1/events HTTP/2.0\r\nHost: collector\r\n\r\n',
  'POST /v1/events HTTP/11\r\nHost: collector\r\n\r\n',
  'POST /v1/events http/1.1\r\nHost: collector\r\n\r\n',
  'POST /v1/events HTTPS/1.1\r\nHost: collector\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'SSH-2.0-OpenSSH_9.7\r\n',
  'EHLO collector\r\n',
  '{"events":[]}\r\n\r\n',
  '\x00\x00\x00\x00',
  '\xff\xfe\xfd\r\n\r\n',
];
/** What some readers take all the same, and all cut at the same place. */
const oddStarts = [
  'GET /healthz\r\n\r\n',
  'POST  /v1/events HTTP/1.1\r\nHost: collector\r\n\r\n',
  'POST /v1/events  HTTP/1.1\r\nHost: collector\r\n\r\n',
  '\r\n\r\nPOST /v1/events HTTP/1.1\r\nHost: collector\r\n\r\n',
];
const brokenHeaders = [
  'no colon here',
  ': no name',
  'bad name: x',
  'bad\x00name: x',
  'bad\x80name: x',
  'X: a\x00b',
  'X: a\x07b',
  'X: a\rb',
  ' X: folded into the line before',
  '\tX: y',
  '(comment): x',
  'X\r\n: y',
];
const oddTargets = [
  'http://evil.example/v1/events',
  'http://collector/v1/events',
  'https://user:pass@evil.example/',
  'evil.example:80',
  '*',
  'v1/events',
  '?writeKey=x',
  'javascript:alert(1)',
  'http://',
];
const hostLines = [
  '',
  'Host: a\r\nHost: b\r\n',
  'Host:\r\n',
  'Host: \xff\r\n',
  'Host: a b\r\n',
  `Host: ${'h'.repeat(4_000)}\r\n`,
];
const endlessHeads = [
  `X: ${'x'.repeat(9_000)}`,
  'X: y\r\n'.repeat(2_000),
  `${'n'.repeat(9_000)}: y`,
  `Cookie: ${'a=b; '.repeat(2_000)}`,
];
/** Sends the head and, perhaps, a beginning of the body; the rest never comes. */
const unfinished = [
  '',
  'P',
  'POST /v1/events HT',
  start,
  `${start}${usual}`,
  `${start}${usual}Content-Length: 500\r\n\r\n`,
  `${start}${usual}Content-Length: 500\r\n\r\n{"events":[`,
  `${start}${usual}Content-Length: 500000\r\nContent-Encoding: gzip\r\n\r\n`,
  `${start}${usual}Content-Length: 500000\r\nContent-Encoding: br\r\n\r\n\x0b`,
  `${start}${usual}Transfer-Encoding: chunked\r\n\r\n`,
  `${start}${usual}Transfer-Encoding: chunked\r\n\r\nffff\r\n{"events"`,
  `${start}${usual}Expect: 100-continue\r\nContent-Length: 400000\r\n\r\n`,
  'GET /healthz HTTP/1.1\r\n',
];

const shapes: readonly Shape[] = [
  each('how long is it', refused, ambiguousLengths, hiding),
  each('how long is it', refused, ambiguousLengths, hiding),
  each(
    'an odd way to say the length',
    any,
    oddLengths,
    (framing) => `${start}${usual}${framing}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  ),
  each('a broken chunk', refused, brokenChunks, chunkedBody),
  (random, number) => ({
    title: 'an endless chunk extension',
    rule: closed,
    pieces: [
      bytes(
        chunkedBody(inChunk(`5;${'x'.repeat(random.pick([17_000, 40_000]))}`, 'hello'), number),
      ),
    ],
  }),
  each(
    'endless trailers',
    any,
    ['X: y\r\n'.repeat(1_000), 'X: y\r\n'.repeat(20_000)],
    (trailers) =>
      `${start}${usual}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n${trailers}\r\n`,
  ),
  each(
    'trailers that would be headers',
    any,
    ['Content-Length: 5', 'Authorization: Bearer x', 'Host: evil'],
    (trailer) =>
      `${start}${usual}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`,
  ),
  each('no request line', refused, brokenStarts, (text) => text),
  each('an odd request line', any, oddStarts, (text) => text),
  each(
    'no header',
    refused,
    brokenHeaders,
    (line) => `${start}${usual}${line}\r\nContent-Length: 0\r\n\r\n`,
  ),
  each(
    'a target that is no path',
    refused,
    oddTargets,
    (target) => `GET ${target} HTTP/1.1\r\nHost: collector\r\n\r\n`,
  ),
  each(
    'CONNECT',
    closed,
    ['evil.example:443', '127.0.0.1:22', '/v1/events'],
    (target) => `CONNECT ${target} HTTP/1.1\r\nHost: collector\r\n\r\n`,
  ),
  each(
    'hosts',
    any,
    hostLines,
    (host) => `POST /v1/events HTTP/1.1\r\n${host}${usual}Content-Length: 0\r\n\r\n`,
  ),
  each(
    'an endless head',
    closed,
    endlessHeads,
    (line) => `${start}${usual}${line}\r\nContent-Length: 0\r\n\r\n`,
  ),
  each(
    'HTTP/1.0',
    any,
    ['', 'Connection: keep-alive\r\n', 'Transfer-Encoding: chunked\r\n', 'Content-Length: 3\r\n'],
    (line) => `POST /v1/events HTTP/1.0\r\n${usual}${line}\r\n{}`,
  ),
  (random) => ({
    title: 'something unfinished',
    rule: any,
    pieces: [bytes(random.pick(unfinished))],
    ending: random.pick(['open', 'open', 'half-closed', 'reset']),
  }),
  (random, number) => {
    const pieces = split(random, bytes(whole(`f${number}-0`)), 40);
    return { title: 'sent in many pieces', pieces, ...acked(number, 1) };
  },
  (random, number) => {
    const count = 2 + random.below(12);
    const text = Array.from({ length: count }, (_, i) => whole(`f${number}-${i}`)).join(
      random.pick(['', '\r\n']),
    );
    const isInPieces = random.happens(0.5);
    const pieces = isInPieces ? split(random, bytes(text), 5) : [bytes(text)];
    return { title: `${count} requests in a row`, pieces, ...acked(number, count) };
  },
  (random, number) => {
    const body = bytes(batch(`f${number}-0`));
    const head = bytes(`${start}${usual}Transfer-Encoding: chunked\r\n\r\n`);
    return { title: 'odd chunks', pieces: [head, ...chunks(random, body)], ...acked(number, 1) };
  },
  () => ({ title: 'a flood of requests in a row', rule: any, pieces: [flood] }),
  () => ({
    title: 'a body in tiny chunks',
    rule: closed,
    pieces: [bytes(`${start}${usual}Transfer-Encoding: chunked\r\n\r\n`), tinyChunks],
  }),
  (random, number) => ({
    title: 'a sound request, then no HTTP',
    rule: closed,
    pieces: [bytes(whole(`f${number}-0`) + random.pick(brokenStarts))],
    events: eventsOf(number, 1),
  }),
  (random, number) => ({
    title: 'gone before its answer',
    rule: any,
    pieces: [bytes(whole(`f${number}-0`))],
    ending: random.pick(['reset', 'half-closed']),
    events: eventsOf(number, 1),
  }),
  (_, number) => ({
    title: 'a request within the body of another',
    ...acked(number, 1),
    pieces: [bytes(outer(`f${number}-0`, smuggled(number)))],
  }),
  mutatedHead,
  mutatedHead,
  mutatedHead,
];

/** Each costs a parser what many bytes do; more of them than a collector takes. */
const tinyChunks = bytes('1\r\n \r\n'.repeat(30_000));

const flood = bytes('GET /healthz HTTP/1.1\r\nHost: collector\r\n\r\n'.repeat(1_000));

/** A sound batch with a whole request inside, as a text: nothing for a reader of lengths. */
function outer(eventId: string, hidden: string): string {
  const body = `{"batchId":"${eventId}","x":${JSON.stringify(hidden)},"events":[${framingEvent(eventId)}]}`;
  return `${start}${usual}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function mutatedHead(
  random: SeededRandom,
  number: number,
): Partial<FramingCase> & { title: string } {
  const sound = bytes(whole(`f${number}-0`));
  const headLength = sound.indexOf('\r\n\r\n') + 4;
  const head = sound.subarray(0, headLength);
  const mutated = mutateBytes(head, head, random);
  const all = Buffer.concat([mutated.bytes, sound.subarray(headLength)]);
  const events = eventsOf(number, 1);
  return {
    title: `a head with ${mutated.title}`,
    rule: any,
    pieces: split(random, all, 2),
    events,
  };
}

function acked(number: number, count: number): Pick<FramingCase, 'rule' | 'events'> {
  const events = eventsOf(number, count);
  return { rule: { kind: 'acks', batchIds: [...events.keys()] }, events };
}

function eventsOf(number: number, count: number): Map<string, Buffer> {
  const ids = Array.from({ length: count }, (_, i) => `f${number}-${i}`);
  return new Map(ids.map((id) => [id, Buffer.from(framingEvent(id))]));
}

function split(random: SeededRandom, all: Buffer, maxPieces: number): Buffer[] {
  const cuts = Array.from({ length: random.below(maxPieces) }, () => random.below(all.length + 1));
  const ends = [...cuts.sort((a, b) => a - b), all.length];
  return ends.map((end, i) => all.subarray(i === 0 ? 0 : ends[i - 1]!, end));
}

export function framingCase(random: SeededRandom, number: number): FramingCase {
  const shape = random.pick(shapes)(random, number);
  return { pieces: [], ending: 'open', rule: any, events: new Map(), ...shape };
}

/** Requests that stay unfinished: each must be cut within the collector's own time. */
export const unfinishedRequests: readonly Buffer[] = unfinished.map(bytes);
