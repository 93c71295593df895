/**
 * One connection through the proxy: two sockets, and one fault that may happen to them.
 *
 * Invariant: the bytes that arrive on either side are a prefix of what the other side sent, but for
 * what a strange answer says.
 */
import type { Socket } from 'node:net';
import { isWholeAnswer } from './is-whole-answer.js';
import type { Ending, WireFault } from './wire-fault.js';

export interface LinkParts {
  readonly client: Socket;
  /** Connects to the collector. */
  readonly dial: () => Socket;
  readonly fault: WireFault | undefined;
  readonly onFired: (fault: WireFault) => void;
}

type Cut = WireFault & { readonly kind: 'cut request' | 'cut answer' };
type Drip = WireFault & { readonly kind: 'dripped request' | 'dripped answer' };

export class FaultyLink {
  readonly #parts: LinkParts;
  readonly #client: Socket;
  #collector: Socket | undefined;
  #answer = Buffer.alloc(0);
  #isOver = false;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#client = parts.client;
  }

  start(): void {
    const { fault } = this.#parts;
    switch (fault?.kind) {
      case undefined:
        this.#pass();
        break;
      case 'silence':
        this.#client.resume();
        this.#fired();
        break;
      case 'cut request':
        this.#cutAfter(this.#client, () => this.#target(), fault);
        this.#passBack();
        break;
      case 'cut answer':
        this.#passOn();
        this.#cutAfter(this.#target(), () => this.#client, fault);
        break;
      case 'lost answer':
        this.#passOn();
        this.#onWholeAnswer(() => this.#finish(fault.ending));
        break;
      case 'closed between requests':
        this.#pass();
        this.#onWholeAnswer(() => this.#finish(fault.ending));
        break;
      case 'dripped request':
        this.#drip(this.#client, this.#target(), fault);
        this.#passBack();
        break;
      case 'dripped answer':
        this.#passOn();
        this.#drip(this.#target(), this.#client, fault);
        break;
      case 'strange answer':
        this.#answerStrangely(fault);
    }
  }

  #target(): Socket {
    this.#collector ??= this.#parts.dial();
    return this.#collector;
  }

  #pass(): void {
    this.#passOn();
    this.#passBack();
  }

  #passOn(): void {
    relay(this.#client, this.#target());
  }

  #passBack(): void {
    relay(this.#target(), this.#client);
  }

  /** Passes so many bytes, then ends it all. */
  #cutAfter(from: Socket, to: () => Socket, { afterBytes, ending }: Cut): void {
    let left = afterBytes;
    if (left === 0 && from === this.#client) from.once('data', () => this.#finish(ending));
    from.on('data', (chunk: Buffer) => {
      if (this.#isOver) return;
      const part = chunk.subarray(0, left);
      left -= part.length;
      const isCut = part.length < chunk.length || left === 0;
      if (!isCut) to().write(part);
      else to().write(part, () => this.#finish(ending));
    });
    from.once('close', () => to().destroy());
  }

  #onWholeAnswer(listener: () => void): void {
    this.#target().on('data', (chunk: Buffer) => {
      this.#answer = Buffer.concat([this.#answer, chunk]);
      if (isWholeAnswer(this.#answer)) listener();
    });
  }

  #drip(from: Socket, to: Socket, { afterBytes, everyMs }: Drip): void {
    let atOnce = afterBytes;
    let waiting = Buffer.alloc(0);
    from.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, atOnce);
      atOnce -= part.length;
      if (part.length > 0) to.write(part);
      waiting = Buffer.concat([waiting, chunk.subarray(part.length)]);
    });
    const timer = setInterval(() => {
      if (waiting.length === 0) return;
      to.write(waiting.subarray(0, 1));
      waiting = waiting.subarray(1);
      this.#fired();
    }, everyMs);
    const stop = () => {
      clearInterval(timer);
      from.destroy();
      to.destroy();
    };
    from.once('close', stop);
    to.once('close', stop);
  }

  #answerStrangely(fault: WireFault & { readonly kind: 'strange answer' }): void {
    const answer = () => {
      if (this.#isOver) return;
      this.#fired();
      this.#client.write(fault.bytes, () => this.#finish(fault.ending));
    };
    if (fault.when === 'at once') answer();
    if (fault.when !== 'after commit') {
      this.#client.once('data', answer);
      return;
    }
    this.#passOn();
    this.#onWholeAnswer(answer);
  }

  #fired(): void {
    if (!this.#isOver) this.#parts.onFired(this.#parts.fault!);
    this.#isOver = true;
  }

  /** Ends both sides in the way of the fault. */
  #finish(ending: Ending): void {
    this.#fired();
    for (const socket of [this.#client, this.#collector]) {
      if (socket === undefined) continue;
      if (ending === 'reset') socket.resetAndDestroy();
      else if (ending === 'end') socket.end();
      else socket.removeAllListeners('data').removeAllListeners('end').resume();
    }
  }
}

/** Passes bytes and the end of them; an end by reset becomes one on the other side. */
function relay(from: Socket, to: Socket): void {
  from.on('data', (chunk: Buffer) => {
    if (!to.destroyed) to.write(chunk);
  });
  from.once('end', () => to.end());
  from.once('close', (hadError) => {
    if (hadError) to.resetAndDestroy();
  });
}
