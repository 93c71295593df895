/**
 * Whole requests with headers, targets and methods that nobody should send. What must be answered
 * stands beside each.
 */
import type { ProblemCode } from '@holdfast/protocol';
import type { SeededRandom } from '../support/seeded-random.js';
import { pageOrigin, type Source, writeKeys } from './collector-under-test.js';

/** `foreign`: an answer that is not of POST /v1/events, such as that of another path. */
export type AllowedCode = ProblemCode | 'ok' | 'foreign';

/** A request but for its length and body, which are sound. */
export interface HeaderCase {
  readonly title: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly allowed: readonly AllowedCode[];
  /** Who may have stored something. */
  readonly source: Source;
  /** Sound events in its body. */
  readonly eventCount: number;
}

interface Oddity {
  readonly title: string;
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly allowed: readonly AllowedCode[];
  readonly source?: Source;
  readonly eventCount?: number;
}

const events = '/v1/events';
const json = 'Content-Type: application/json';
const bearer = (key: string) => `Authorization: Bearer ${key}`;
const usualKey = bearer(writeKeys.hostile);
const withKey = (...headers: string[]) => [usualKey, ...headers];
const withType = (...headers: string[]) => [json, ...headers];
const list =
  <Value>(
    values: readonly Value[],
    toOddity: (value: Value) => Omit<Oddity, 'title'>,
    title: string,
  ) =>
  (random: SeededRandom): Oddity => {
    const value = random.pick(values);
    return { title: `${title} ${JSON.stringify(value).slice(0, 80)}`, ...toOddity(value) };
  };

const wrongKeys = [
  'Bearer nobody',
  `Bearer ${writeKeys.hostile}x`,
  'Bearer __proto__',
  'Bearer constructor',
  `bearer   ${'k'.repeat(4_000)}`,
  'Bearer \xff\xfe',
];
const noKeys = [
  '',
  'Bearer',
  'Bearer ',
  'Basic aG9zdGlsZS1rZXk=',
  `Bearer ${writeKeys.hostile} x`,
  writeKeys.hostile,
];
const wrongTypes = [
  '',
  'text/html',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'json',
  'application/json; charset=utf-16',
  'text/plain;charset=iso-8859-1',
  'application/json; charset=utf-8; charset=utf-7',
  'application/jsonp',
  'application /json',
  '__proto__',
  ';;;;',
  `text/${'x'.repeat(3_000)}`,
];
const oddTypes = [
  'application/json;',
  ' application/json ;;; charset = "UTF-8"',
  'application/json; boundary="',
  'TEXT/PLAIN;=',
];
const wrongEncodings = [
  'deflate',
  'gzip, br',
  'gzip;q=1',
  'zstd',
  'x-gzip',
  'identity, gzip',
  '__proto__',
  'chunked',
  '\xff',
];
const queries: readonly [string, readonly AllowedCode[]][] = [
  ['?', ['ok']],
  ['??', ['ok']],
  ['?&&&==&', ['ok']],
  ['?priority=urgent', ['invalid_request']],
  ['?priority=', ['invalid_request']],
  ['?priority=LOW', ['invalid_request']],
  ['?priority=low&priority=critical', ['ok']],
  ['?priority=critical', ['priority_not_allowed']],
  ['?priority[]=low', ['ok']],
  ['?__proto__[writeKey]=x&constructor=1', ['ok']],
  ['?compression=zip', ['unsupported_encoding']],
  ['?compression=', ['unsupported_encoding']],
  ['?compression=gzip', ['invalid_compression']],
  ['?compression=%67zip', ['invalid_compression']],
  ['?compression=br&compression=gzip', ['invalid_compression']],
  ['?writeKey=nobody', ['ok']],
  ['?%', ['ok']],
  ['?%zz=%&%ff=%c0%80', ['ok']],
  ['?a=%00%0d%0aSet-Cookie:%20x=y', ['ok']],
  ['#fragment', ['ok']],
  ['?x=#y', ['ok']],
  [`?x=${'y'.repeat(6_000)}`, ['ok']],
  [`?${'a&'.repeat(3_000)}`, ['ok']],
];
const paths = [
  '/',
  '//',
  '//evil.example/v1/events',
  '/v1/events/',
  '/v1/events/..',
  '/v1/%65vents',
  '/v1/events;x=1',
  '/V1/EVENTS',
  '/v1/events%00',
  '/v1/events%2f',
  '/%',
  '/%ff',
  '/\\evil',
  '/:@:@:',
  '/__proto__',
  '/metrics',
  '/admin',
  '/.git/config',
  '/..%2f..%2fetc/passwd',
  '/v1/ledger',
  '/\x80\xff',
  `/${'x'.repeat(7_000)}`,
];
/** Roads that lead to the same place after all. */
const detours = ['/./v1/events', '/x/../v1/events', '/v1/./events', '/v1\\events'];
const methods = [
  'GET',
  'PUT',
  'PATCH',
  'DELETE',
  'TRACE',
  'PROPFIND',
  'REPORT',
  'M-SEARCH',
  'PURGE',
  'QUERY',
];
const harmless = [
  'X: ',
  'X:',
  `X: ${'x'.repeat(7_000)}`,
  'X: \xff\xfe\x80',
  'X: a\tb',
  `Cookie: session=${'c'.repeat(1_000)}`,
  'X-Forwarded-For: 127.0.0.1, ::1, evil',
  `X-Forwarded-For: ${'1.1.1.1,'.repeat(500)}`,
  `User-Agent: ${'\xe9'.repeat(3_000)}`,
  'User-Agent: \t"',
  'Traceparent: 00-00000000000000000000000000000000-0000000000000000-00',
  `Traceparent: 00-${'0af7651916cd43dd8448eb211c80319c'}-b7ad6b7169203331-01`,
  'Traceparent: 00-\xff',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'Connection: upgrade, keep-alive',
  'Accept-Encoding: br;q=1000, *;q=-1',
  'If-None-Match: *',
  'Range: bytes=0-',
  'Accept: \xff',
  'Trailer: content-length',
  'TE: trailers',
  'Content-Language: \x80',
  'Constructor: x',
  '__proto__: x',
  'Proto: x',
  'Host-: x',
  'X-HTTP-Method-Override: DELETE',
  'Forwarded: for="[::1]";proto=https',
];
const origins = [
  'null',
  'https://evil.example',
  `${pageOrigin}.evil.example`,
  `${pageOrigin}/`,
  pageOrigin.toUpperCase(),
  '\xff',
  '',
];

const oddities: readonly ((random: SeededRandom) => Oddity)[] = [
  list(
    wrongKeys,
    (key) => ({ headers: withType(`Authorization: ${key}`), allowed: ['unknown_write_key'] }),
    'key',
  ),
  list(
    noKeys,
    (key) => ({ headers: withType(`Authorization: ${key}`), allowed: ['missing_write_key'] }),
    'key',
  ),
  () => ({ title: 'no key at all', headers: [json], allowed: ['missing_write_key'] }),
  () => ({
    title: 'a wrong key in the query, the right one behind it',
    target: `${events}?writeKey=nobody&writeKey=${writeKeys.hostile}`,
    headers: [json],
    allowed: ['unknown_write_key'],
  }),
  () => ({
    title: 'two keys',
    headers: withType(usualKey, bearer('nobody')),
    allowed: ['ok', 'unknown_write_key', 'invalid_request'],
  }),
  list(
    wrongTypes,
    (type) => ({ headers: withKey(`Content-Type: ${type}`), allowed: ['unsupported_media_type'] }),
    'type',
  ),
  list(
    oddTypes,
    (type) => ({
      headers: withKey(`Content-Type: ${type}`),
      allowed: ['ok', 'unsupported_media_type'],
    }),
    'type',
  ),
  () => ({ title: 'no type', headers: withKey(), allowed: ['unsupported_media_type'] }),
  () => ({
    title: 'two types',
    headers: withKey('Content-Type: application/json', 'Content-Type: text/html'),
    allowed: ['ok', 'unsupported_media_type', 'invalid_request'],
  }),
  list(
    wrongEncodings,
    (name) => ({
      headers: withKey(json, `Content-Encoding: ${name}`),
      allowed: ['unsupported_encoding'],
    }),
    'encoding',
  ),
  () => ({
    title: 'two encodings',
    headers: withKey(json, 'Content-Encoding: identity', 'Content-Encoding: gzip'),
    allowed: ['unsupported_encoding'],
  }),
  () => ({
    title: 'encodings that disagree',
    target: `${events}?compression=gzip`,
    headers: withKey(json, 'Content-Encoding: br'),
    allowed: ['unsupported_encoding'],
  }),
  list(
    queries,
    ([query, allowed]) => ({ target: events + query, headers: withKey(json), allowed }),
    'query',
  ),
  list(
    paths,
    (target) => ({ target, headers: withKey(json), allowed: ['foreign', 'invalid_request'] }),
    'path',
  ),
  list(
    detours,
    (target) => ({ target, headers: withKey(json), allowed: ['ok', 'foreign'] }),
    'path',
  ),
  list(
    methods,
    (method) => ({
      method,
      headers: withKey(json),
      allowed: ['method_not_allowed', 'invalid_request'],
    }),
    'method',
  ),
  () => ({
    title: 'a preflight',
    method: 'OPTIONS',
    headers: ['Origin: https://evil.example'],
    allowed: ['foreign'],
  }),
  list(
    harmless,
    (header) => ({ headers: withKey(json, header), allowed: ['ok', 'invalid_request'] }),
    'header',
  ),
  (random) => {
    const count = random.pick([2, 50, 300]);
    const headers = withKey(json, ...new Array(count).fill('X: y'));
    return { title: `${count} headers of one name`, headers, allowed: ['ok'] };
  },
  () => ({
    title: 'so many headers that some parser forgets the last',
    headers: [...new Array(1_500).fill('a:'), usualKey, json],
    allowed: ['ok'],
  }),
  list(
    origins,
    (origin) => ({
      source: 'paged',
      headers: withType(bearer(writeKeys.paged), `Origin: ${origin}`),
      allowed: ['origin_not_allowed'],
    }),
    'origin',
  ),
  () => ({
    title: 'the right origin',
    source: 'paged',
    headers: withType(bearer(writeKeys.paged), `Origin: ${pageOrigin}`),
    allowed: ['ok'],
  }),
  () => ({
    title: 'a source with a rate limit',
    source: 'slow',
    headers: withType(bearer(writeKeys.slow)),
    eventCount: 100,
    allowed: ['ok', 'rate_limited'],
  }),
  () => ({
    title: 'Expect: 100-continue',
    headers: withKey(json, 'Expect: 100-continue'),
    allowed: ['ok'],
  }),
  list(
    ['200-ok', '100-continue, x', '100-continued', '\xff'],
    (value) => ({ headers: withKey(json, `Expect: ${value}`), allowed: ['ok', 'invalid_request'] }),
    'Expect',
  ),
];

export function headerCase(random: SeededRandom): HeaderCase {
  const oddity = random.pick(oddities)(random);
  return {
    method: 'POST',
    target: events,
    headers: withKey(json),
    source: 'hostile',
    eventCount: 1,
    ...oddity,
  };
}
