/**
 * Reads a request's body within the wire's limits.
 *
 * Invariant: what is held of a body is asked for before it is held, byte by byte as they come.
 * Pieces are copied together: each tiny chunk by itself would hold hundreds of times its size.
 */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { limits } from '@holdfast/protocol';
import { type Refusal, refusal } from '@holdfast/server-core/refusal';
import type { Encoding } from '../dialects/dialect.js';
import { collectorLimits, loadLimits } from '../limits.js';

/** `aborted`: the client is gone, nobody waits for an answer. `no_room`: it could not be held. */
export type BodyOutcome =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'no_room' }
  | Refusal;

/** Whether there is room for so many bytes of the body in all. */
export type Hold = (bytes: number) => boolean;

type Inflate = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const inflate: Record<Exclude<Encoding, 'identity'>, Inflate> = {
  gzip: promisify(gunzip),
  br: promisify(brotliDecompress),
};

export async function readBody(
  request: IncomingMessage,
  encoding: Encoding,
  hold: Hold,
): Promise<BodyOutcome> {
  const wire = await readWire(request, hold);
  if (wire.kind !== 'body' || encoding === 'identity') return wire;
  if (!hold(heldBytes(wire.bytes.length, encoding))) return { kind: 'no_room' };
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

/** What a body of so many bytes on the wire holds at most, as far as can be told beforehand. */
export function heldBytes(wireBytes: number, encoding: Encoding): number {
  if (encoding === 'identity') return wireBytes;
  return wireBytes + Math.min(limits.maxInflatedBytes, wireBytes * loadLimits.assumedInflation);
}

/** The bytes as sent; stops listening at a limit and leaves the rest to the caller. */
function readWire(request: IncomingMessage, hold: Hold): Promise<BodyOutcome> {
  return new Promise((resolve) => {
    const wire = new WireBytes();
    const finish = (outcome: BodyOutcome) => {
      request.off('data', take).off('end', end).off('close', abort).off('error', abort);
      resolve(outcome);
    };
    const take = (piece: Buffer) => {
      const length = wire.length + piece.length;
      if (length > limits.maxWireBytes) finish(bodyTooLarge());
      else if (wire.pieces === collectorLimits.maxBodyPieces) finish(tooManyPieces());
      else if (!hold(length)) finish({ kind: 'no_room' });
      else wire.add(piece);
    };
    const end = () => finish({ kind: 'body', bytes: wire.bytes });
    const abort = () => finish({ kind: 'aborted' });
    request.on('data', take).once('end', end).once('close', abort).once('error', abort);
  });
}

/** Pieces in one buffer, which doubles as they come. */
class WireBytes {
  length = 0;
  pieces = 0;
  #buffer: Buffer = Buffer.alloc(0);

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.length);
  }

  add(piece: Buffer): void {
    this.pieces++;
    // Most bodies come in one piece, which needs no copy.
    if (this.length === 0) this.#buffer = piece;
    else this.#append(piece);
    this.length += piece.length;
  }

  #append(piece: Buffer): void {
    const length = this.length + piece.length;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, this.length);
      this.#buffer = grown;
    }
    piece.copy(this.#buffer, this.length);
  }
}

export function bodyTooLarge(): Refusal {
  return refusal('body_too_large', `over ${limits.maxWireBytes} bytes`);
}

/** To read the rest, only to throw it away, would cost what the limit is to save. */
function tooManyPieces(): Refusal {
  const detail = `the body is in over ${collectorLimits.maxBodyPieces} pieces`;
  return { ...refusal('invalid_request', detail), isCutOff: true };
}
