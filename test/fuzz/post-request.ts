import type { SeededRandom } from '../support/seeded-random.js';
import { writeKeys } from './collector-under-test.js';
import type { BodyEncoding, BodyFormat } from './expected-batch.js';

/** The bytes of a POST, its body as it is or in chunks of any size. */
export function postRequest(
  random: SeededRandom,
  target: string,
  headers: readonly string[],
  body: Buffer,
): Buffer[] {
  const isChunked = random.happens(0.1);
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
  const lines = [`POST ${target} HTTP/1.1`, 'Host: collector', ...headers, framing, '', ''];
  const head = Buffer.from(lines.join('\r\n'), 'latin1');
  return isChunked ? [head, ...chunks(random, body)] : [head, body];
}

/** How the body's form and the key are said: all of these mean the same. */
export function soundHeaders(
  random: SeededRandom,
  format: BodyFormat,
  encoding: BodyEncoding,
): { readonly target: string; readonly headers: string[] } {
  const headers: string[] = [];
  const query: string[] = [];
  if (random.happens(0.7)) headers.push(`Authorization: Bearer ${writeKeys.hostile}`);
  else query.push(`writeKey=${writeKeys.hostile}`);
  if (encoding !== 'identity') {
    if (random.happens(0.5)) headers.push(`Content-Encoding: ${encoding}`);
    else query.push(`compression=${encoding}`);
  }
  headers.push(`Content-Type: ${format === 'json' ? random.pick(jsonTypes) : msgpackType}`);
  if (random.happens(0.1)) query.push(random.pick(['priority=low', 'priority=normal', 'x=%F0%9F']));
  return { target: query.length === 0 ? path : `${path}?${query.join('&')}`, headers };
}

const path = '/v1/events';
const msgpackType = 'application/vnd.msgpack';
const jsonTypes = [
  'application/json',
  'application/json',
  'text/plain',
  'text/plain;charset=UTF-8',
  'Application/JSON; Charset="utf-8"',
];

/** A body in chunks, as the RFC allows them to be written. */
export function chunks(random: SeededRandom, body: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const size = Math.min(body.length - at, 1 + random.below(random.pick([4, 100, 70_000])));
    const digits = random.happens(0.5) ? size.toString(16) : size.toString(16).toUpperCase();
    const extension = random.happens(0.05) ? ';a="b"' : '';
    parts.push(Buffer.from(`${digits}${extension}\r\n`), body.subarray(at, at + size), lineEnd);
    at += size;
    // Tiny chunks of a large body would cost more than they show.
    if (parts.length > 600) {
      const rest = body.subarray(at);
      if (rest.length > 0)
        parts.push(Buffer.from(`${rest.length.toString(16)}\r\n`), rest, lineEnd);
      break;
    }
  }
  return [...parts, Buffer.from('0\r\n\r\n')];
}
const lineEnd = Buffer.from('\r\n');
