import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { encodeMsgpackBatch, msgpackMediaType } from '@holdfast/protocol/msgpack';
import type { BatchRequest, EventJson } from '@holdfast/sdk-core/ports';
import { nodeLimits } from '../limits.js';

const compress = promisify(brotliCompress);
const comma = Buffer.from(',');
const tail = Buffer.from(']}');

/** How a batch is framed. Its events are the same JSON bytes either way. */
export type BatchEncoding = 'json' | 'msgpack';

export const mediaTypes: Record<BatchEncoding, string> = {
  json: 'application/json',
  msgpack: msgpackMediaType,
};

/** The body of a batch: the very bytes of its events; nothing is serialised anew. */
export function batchBody(request: BatchRequest, encoding: BatchEncoding): Buffer {
  const { batchId, sentAt, epoch } = request;
  const events = request.events.map(bytesOf);
  if (encoding === 'json') return joined({ batchId, sentAt, epoch, events: [] }, events);
  return Buffer.from(encodeMsgpackBatch({ batchId, sentAt, epoch, events }));
}

function joined(frame: object, events: readonly Uint8Array[]): Buffer {
  const head = JSON.stringify(frame).slice(0, -2);
  const parts: Uint8Array[] = [Buffer.from(head)];
  events.forEach((event, index) => {
    if (index > 0) parts.push(comma);
    parts.push(event);
  });
  parts.push(tail);
  return Buffer.concat(parts);
}

export interface EncodedBody {
  readonly body: Buffer;
  /** What Content-Encoding says; undefined: nothing. */
  readonly encoding: 'br' | undefined;
}

/** Compresses a body where it is worth it, off the event loop. */
export async function encodeBody(body: Buffer): Promise<EncodedBody> {
  if (body.length < nodeLimits.compressFromBytes) return { body, encoding: undefined };
  // Quality 1 costs half of gzip 1 and is 15% smaller; a larger window than a batch is of no use.
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 1,
    [constants.BROTLI_PARAM_LGWIN]: 19,
    [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
  };
  return { body: await compress(body, { params }), encoding: 'br' };
}

function bytesOf(event: EventJson): Uint8Array {
  return typeof event === 'string' ? Buffer.from(event) : event;
}
