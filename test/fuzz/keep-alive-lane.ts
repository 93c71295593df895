/**
 * One connection that is kept: a request is written as its bytes are, and its answer awaited before
 * the next. Where the other side closes it, the next request opens another.
 */
import { connect, type Socket } from 'node:net';
import { type Answer, readAnswer } from './read-answers.js';

export type Exchange =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** The connection ended before an answer was whole. */
  | { readonly kind: 'closed'; readonly received: Buffer }
  | { readonly kind: 'hung'; readonly received: Buffer }
  | { readonly kind: 'malformed'; readonly why: string; readonly received: Buffer };

const empty = Buffer.alloc(0);

export class KeepAliveLane {
  readonly #port: number;
  readonly #timeoutMs: number;
  #socket: Socket | undefined;
  #received: Buffer = empty;
  #settle: ((exchange: Exchange) => void) | undefined;

  constructor(port: number, timeoutMs: number) {
    this.#port = port;
    this.#timeoutMs = timeoutMs;
  }

  exchange(pieces: readonly Buffer[]): Promise<Exchange> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#finish('hung'), this.#timeoutMs);
      this.#settle = (exchange) => {
        clearTimeout(timer);
        this.#settle = undefined;
        resolve(exchange);
      };
      this.#received = empty;
      const socket = this.#open();
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Socket {
    if (this.#socket !== undefined) return this.#socket;
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (socket === this.#socket) this.#take(chunk);
    });
    // A reset ends the connection as a close does.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (socket !== this.#socket) return;
      this.#socket = undefined;
      this.#finish('closed');
    });
    return socket;
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const reading = readAnswer(this.#received, 0);
    if (reading.kind === 'partial') return;
    const isWhole = reading.kind === 'answer' && reading.end === this.#received.length;
    if (!isWhole || reading.answer.headers.get('connection') === 'close') this.close();
    if (isWhole) this.#settle?.({ kind: 'answered', answer: reading.answer });
    else {
      const why = reading.kind === 'malformed' ? reading.why : 'more than one answer';
      this.#settle?.({ kind: 'malformed', why, received: this.#received });
    }
  }

  #finish(kind: 'closed' | 'hung'): void {
    this.close();
    this.#settle?.({ kind, received: this.#received });
  }
}
