/** A case: one hostile request, made from the seed and its number alone. */
import { limits } from '@holdfast/protocol';
import fc from 'fast-check';
import { randomBody } from '../../packages/collector/test/support/body-corpus.js';
import {
  type GoldenText,
  golden,
  goldenBytes,
} from '../../packages/protocol/test/support/golden.js';
import { SeededRandom } from '../support/seeded-random.js';
import { batchArbitrary, idMark, uuidMark, uuidTail } from './batch-arbitrary.js';
import type { Source } from './collector-under-test.js';
import { compressedBody } from './compressed-bodies.js';
import { type Expected, expectedOf } from './expected-batch.js';
import { type FramingCase, framingCase } from './framing-cases.js';
import { type AllowedCode, headerCase } from './header-cases.js';
import { msgpackFrame } from './msgpack-frames.js';
import { mutateBytes } from './mutate-bytes.js';
import { postRequest, soundHeaders } from './post-request.js';
import { printJson } from './print-json.js';

/** How many of a hundred cases are of each kind. */
export const kindShares = {
  /** Batches from fast-check, printed in odd spellings. */
  structured: 38,
  /** Bodies of the corpus, damaged. */
  mutated: 30,
  msgpack: 14,
  compressed: 8,
  headers: 7,
  framing: 3,
} as const;
export type CaseKind = keyof typeof kindShares;
export const caseKinds = Object.keys(kindShares) as CaseKind[];

/** A request in whole, with one answer. */
export interface PostedCase {
  readonly form: 'posted';
  readonly number: number;
  readonly kind: CaseKind;
  readonly title: string;
  readonly source: Source;
  readonly pieces: readonly Buffer[];
  /** Instead of `expected`: the codes that its head allows. */
  readonly allowed?: readonly AllowedCode[];
  /** What must be made of the body if the head is taken; slow, so asked only once it is needed. */
  expected(): Expected;
}

/** Bytes on a connection of their own. */
export interface FramedCase extends FramingCase {
  readonly form: 'framed';
  readonly number: number;
  readonly kind: CaseKind;
}

export type FuzzCase = PostedCase | FramedCase;

/** The case of that number; `kinds`: of one of these alone. */
export function caseOf(seed: number, number: number, kinds: readonly CaseKind[]): FuzzCase {
  const random = new SeededRandom(mixed(seed, number));
  const kind = pickKind(random, kinds);
  if (kind === 'framing') return { form: 'framed', number, kind, ...framingCase(random, number) };
  if (kind === 'headers') return headersCase(random, number);
  if (kind === 'structured') {
    return bodyCase(random, number, kind, 'a batch', structuredBody(random, number));
  }
  if (kind === 'msgpack') return msgpackCase(random, number);
  if (kind === 'compressed') return compressedCase(random, number);
  const { bytes, title } = mutatedBody(random, number);
  return bodyCase(random, number, kind, title, bytes);
}

/** Neighbouring numbers and seeds must have nothing in common. */
function mixed(seed: number, number: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function pickKind(random: SeededRandom, kinds: readonly CaseKind[]): CaseKind {
  const total = kinds.reduce((sum, kind) => sum + kindShares[kind], 0);
  let left = random.below(total);
  for (const kind of kinds) {
    left -= kindShares[kind];
    if (left < 0) return kind;
  }
  return kinds[0]!;
}

function bodyCase(
  random: SeededRandom,
  number: number,
  kind: CaseKind,
  title: string,
  body: Buffer,
): PostedCase {
  const { target, headers } = soundHeaders(random, 'json', 'identity');
  const pieces = postRequest(random, target, headers, body);
  const expected = () => expectedOf(body, 'json', 'identity');
  return { form: 'posted', number, kind, title, source: 'hostile', pieces, expected };
}

function structuredBody(random: SeededRandom, number: number): Buffer {
  const seed = random.below(2 ** 31);
  const [tree] = fc.sample(batchArbitrary, { seed, numRuns: 1 });
  const isPlain = random.happens(0.5);
  const spelling = {
    random,
    blankShare: isPlain ? 0 : random.pick([0.02, 0.3]),
    escapeShare: isPlain ? 0 : random.pick([0, 0.2]),
  };
  const text = printJson(tree!, spelling);
  return Buffer.from(text.replaceAll(uuidMark, uuidTail(number)).replaceAll(idMark, `c${number}`));
}

/** Sound and broken bodies that were written by hand. */
const goldenBodies = golden<{ body?: GoldenText; bodyBase64?: string }>('batches')
  .map(goldenBytes)
  .filter((body) => body.length < 40_000);

function corpusBody(random: SeededRandom, number: number): Buffer {
  const choice = random.below(10);
  if (choice < 4) return structuredBody(random, number);
  if (choice < 9) return ownIds(randomBody(random), number);
  return ownIds(random.pick(goldenBodies), number);
}

/** Ids of the corpus would be duplicates from the second time on; a few stay. */
function ownIds(body: Buffer, number: number): Buffer {
  if (number % 50 === 0) return body;
  const text = body.toString('latin1');
  return Buffer.from(
    text.replace(/("eventId"\s*:\s*")([^"]{1,40}")/g, `$1c${number}-$2`),
    'latin1',
  );
}

function mutatedBody(random: SeededRandom, number: number) {
  const body = corpusBody(random, number);
  if (random.happens(0.003)) {
    const length = limits.maxWireBytes - 2 + random.below(5);
    const blanks = Buffer.alloc(Math.max(0, length - body.length), ' ');
    return { bytes: Buffer.concat([body, blanks]), title: `${length} bytes` };
  }
  return mutateBytes(body, corpusBody(random, number), random);
}

function msgpackCase(random: SeededRandom, number: number): PostedCase {
  const events = Array.from({ length: random.below(5) }, () => loneEvent(random, number));
  const frame = msgpackFrame(random, events);
  const isMutated = random.happens(0.4);
  const { bytes, title } = isMutated
    ? mutateBytes(frame, frame, random)
    : { bytes: frame, title: 'a frame' };
  const { target, headers } = soundHeaders(random, 'msgpack', 'identity');
  return {
    ...{ form: 'posted', number, kind: 'msgpack', title, source: 'hostile' },
    pieces: postRequest(random, target, headers, bytes),
    expected: () => expectedOf(bytes, 'msgpack', 'identity'),
  };
}

/** The first event of some batch, or what stands there. */
function loneEvent(random: SeededRandom, number: number): Buffer {
  const body = corpusBody(random, number).toString('latin1');
  const start = body.indexOf('"events"');
  const open = body.indexOf('{', start);
  const end = body.lastIndexOf('}', body.lastIndexOf(']'));
  if (start < 0 || open < 0 || end < open) return Buffer.from(body, 'latin1');
  const [first = ''] = body.slice(open, end + 1).split(/(?<=\}),(?=\{"|\{ )/);
  return Buffer.from(first, 'latin1');
}

function compressedCase(random: SeededRandom, number: number): PostedCase {
  const isMsgpack = random.happens(0.2);
  const format = isMsgpack ? 'msgpack' : 'json';
  const body = isMsgpack
    ? msgpackFrame(random, [loneEvent(random, number)])
    : corpusBody(random, number);
  const { wire, encoding, title } = compressedBody(body, random);
  const { target, headers } = soundHeaders(random, format, encoding);
  return {
    ...{ form: 'posted', number, kind: 'compressed', title, source: 'hostile' },
    pieces: postRequest(random, target, headers, wire),
    expected: () => expectedOf(wire, format, encoding),
  };
}

function headersCase(random: SeededRandom, number: number): PostedCase {
  const { method, target, headers, eventCount, ...rest } = headerCase(random);
  const events = Array.from({ length: eventCount }, (_, i) => heartbeat(`c${number}-${i}`));
  const body = Buffer.from(`{"events":[${events.join(',')}]}`);
  const [head, ...bodyPieces] = postRequest(random, target, headers, body);
  const asSent = Buffer.from(head!.toString('latin1').replace(/^POST/, method), 'latin1');
  return {
    ...{ form: 'posted', number, kind: 'headers', ...rest },
    pieces: [asSent, ...bodyPieces],
    expected: () => expectedOf(body, 'json', 'identity'),
  };
}

/** The least that is an event. */
const heartbeat = (eventId: string) =>
  `{"type":"heartbeat","eventId":"${eventId}","timestamp":"2026-11-23T10:00:00Z"}`;
