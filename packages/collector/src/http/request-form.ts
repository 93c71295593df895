/** Reads what a request says about its body and itself, before the body is touched. */
import type { IncomingMessage } from 'node:http';
import { limits, type Priority } from '@holdfast/protocol';
import { type Refusal, refusal } from './answer.js';
import { bodyTooLarge, type Encoding } from './read-body.js';

export type BodyFormat = 'json' | 'msgpack';

export interface RequestForm {
  readonly kind: 'form';
  readonly format: BodyFormat;
  readonly encoding: Encoding;
  readonly priority: Priority;
  readonly writeKey: string | undefined;
  /** Of the page that sends; undefined: none does. */
  readonly origin: string | undefined;
  /** Bytes announced; undefined for a chunked body. */
  readonly wireBytes: number | undefined;
}

/** text/plain is what a browser may send across origins without asking first. */
const formats: ReadonlyMap<string, BodyFormat> = new Map([
  ['application/json', 'json'],
  ['text/plain', 'json'],
  ['application/vnd.msgpack', 'msgpack'],
]);
const priorityNames: readonly string[] = ['low', 'normal', 'critical'] satisfies Priority[];
const bearerPattern = /^bearer +(\S+) *$/i;

export function readRequestForm(
  request: IncomingMessage,
  query: URLSearchParams,
): RequestForm | Refusal {
  const format = bodyFormat(request.headers['content-type']);
  if (format === undefined) {
    return refusal('unsupported_media_type', 'send application/json or text/plain in UTF-8');
  }
  const encoding = bodyEncoding(request.headers['content-encoding'], query.get('compression'));
  if (encoding === undefined) return refusal('unsupported_encoding', 'send gzip, br or neither');
  const priority = query.get('priority') ?? 'normal';
  if (!isPriority(priority)) return refusal('invalid_request', 'priority is low or critical');
  const length = request.headers['content-length'];
  const wireBytes = length === undefined ? undefined : Number(length);
  if (wireBytes !== undefined && wireBytes > limits.maxWireBytes) return bodyTooLarge();
  const writeKey = writeKeyOf(request.headers.authorization, query);
  const { origin } = request.headers;
  return { kind: 'form', format, encoding, priority, writeKey, origin, wireBytes };
}

function writeKeyOf(authorization: string | undefined, query: URLSearchParams) {
  if (authorization === undefined) return query.get('writeKey') ?? undefined;
  return bearerPattern.exec(authorization)?.[1];
}

function bodyFormat(contentType: string | undefined): BodyFormat | undefined {
  const [mediaType = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=').map((part) => part.trim());
    if (name === 'charset' && !['utf-8', 'utf8'].includes(value.replaceAll('"', ''))) {
      return undefined;
    }
  }
  return formats.get(mediaType.trim());
}

/** A page names it in the query, since the header would cost a preflight; both must agree. */
function bodyEncoding(header: string | undefined, parameter: string | null): Encoding | undefined {
  const named = [header, parameter].filter((name) => name !== undefined && name !== null);
  const names = new Set(named.map((name) => name.trim().toLowerCase()));
  if (names.size === 0) return 'identity';
  const [name] = names;
  if (names.size > 1) return undefined;
  return name === 'gzip' || name === 'br' || name === 'identity' ? name : undefined;
}

function isPriority(value: string): value is Priority {
  return priorityNames.includes(value);
}
