/** Our own clients: see the wire protocol in docs/wire-protocol.md. */
import { type Priority, priorities } from '@holdfast/protocol';
import { type Refusal, refusal } from '@holdfast/server-core/refusal';
import { type Batch, type BatchProblem, BatchScanner } from '../scan/scan-batch.js';
import {
  type AckStamp,
  type BatchVerdict,
  type Dialect,
  type DialectAnswer,
  type Encoding,
  encodings,
  type RequestForm,
  type RequestHead,
} from './dialect.js';

type BodyFormat = 'json' | 'msgpack';

/** text/plain is what a browser may send across origins without asking first. */
const formats: ReadonlyMap<string, BodyFormat> = new Map([
  ['application/json', 'json'],
  ['text/plain', 'json'],
  ['application/vnd.msgpack', 'msgpack'],
]);
const compressions = encodings.filter((name) => name !== 'identity');
const bearerPattern = /^bearer +(\S+) *$/i;

export class HoldfastDialect implements Dialect {
  readonly name = 'holdfast';
  readonly paths = ['/v1/events'];
  readonly allowedHeaders = ['Authorization', 'Content-Type', 'Content-Encoding'];
  readonly #scanner = new BatchScanner();

  readForm({ headers, query }: RequestHead): RequestForm | Refusal {
    const format = bodyFormat(headers['content-type']);
    if (format === undefined) {
      return refusal('unsupported_media_type', 'send application/json or text/plain in UTF-8');
    }
    const encoding = bodyEncoding(headers['content-encoding'], query.get('compression'));
    if (encoding === undefined) {
      return refusal('unsupported_encoding', `send ${compressions.join(', ')} or neither`);
    }
    const priority = query.get('priority') ?? 'normal';
    if (!isPriority(priority)) return refusal('invalid_request', 'priority is low or critical');
    const writeKey = writeKeyOf(headers.authorization, query);
    return { kind: 'form', format, encoding, priority, writeKey, origin: headers.origin };
  }

  readEvents(body: Buffer, { format }: RequestForm): Batch | BatchProblem {
    const isJson = format === ('json' satisfies BodyFormat);
    return isJson ? this.#scanner.scan(body) : this.#scanner.scanMsgpack(body);
  }

  answer(batch: Batch, verdict: BatchVerdict, stamp: AckStamp): DialectAnswer {
    const { newBatchId, region, epoch, durable } = stamp;
    const batchId = batch.batchId ?? newBatchId();
    return { status: 200, body: { batchId, region, epoch, durable, ...verdict } };
  }
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
  return encodings.find((encoding) => encoding === name);
}

function isPriority(value: string): value is Priority {
  return (priorities as readonly string[]).includes(value);
}
