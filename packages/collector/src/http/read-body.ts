/** Reads a request's body within the wire's limits. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { limits } from '@holdfast/protocol';
import { type Refusal, refusal } from './answer.js';

export type Encoding = 'identity' | 'gzip' | 'br';

/** `aborted`: the client is gone, nobody waits for an answer. */
export type BodyOutcome =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'aborted' }
  | Refusal;

const inflate = { gzip: promisify(gunzip), br: promisify(brotliDecompress) };

export async function readBody(request: IncomingMessage, encoding: Encoding): Promise<BodyOutcome> {
  const wire = await readWire(request);
  if (wire.kind !== 'body' || encoding === 'identity') return wire;
  try {
    // Inflates piece by piece in zlib's threads and stops at the limit, so a bomb stays small.
    const options = { maxOutputLength: limits.maxInflatedBytes };
    return { kind: 'body', bytes: await inflate[encoding](wire.bytes, options) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      return refusal('inflated_too_large', `over ${limits.maxInflatedBytes} bytes`);
    }
    return refusal('invalid_compression', `the body is no ${encoding}`);
  }
}

/** The bytes as sent; stops listening at the limit and leaves the rest to the caller. */
function readWire(request: IncomingMessage): Promise<BodyOutcome> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (outcome: BodyOutcome) => {
      request.off('data', take).off('end', end).off('close', abort).off('error', abort);
      resolve(outcome);
    };
    const take = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limits.maxWireBytes) finish(bodyTooLarge());
      else chunks.push(chunk);
    };
    const end = () => finish({ kind: 'body', bytes: Buffer.concat(chunks, length) });
    const abort = () => finish({ kind: 'aborted' });
    request.on('data', take).once('end', end).once('close', abort).once('error', abort);
  });
}

export function bodyTooLarge(): Refusal {
  return refusal('body_too_large', `over ${limits.maxWireBytes} bytes`);
}
