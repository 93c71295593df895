/** One HTTP request as node:http would hand it to the collector, and what it answers. */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request whose body has arrived. */
export function modelRequest(headers: Record<string, string>, body: Buffer): IncomingMessage {
  const request = Readable.from([body], { objectMode: false });
  return Object.assign(request, {
    ...{ headers, method: 'POST', complete: true, socket: {} },
  }) as unknown as IncomingMessage;
}

/** Takes an answer; `onAnswer` is called when it is written out. */
export class ModelResponse extends EventEmitter {
  statusCode = 200;
  #headers: Record<string, string> = {};
  readonly #parts: Buffer[] = [];
  readonly #onAnswer: (answer: HttpAnswer) => void;

  constructor(onAnswer: (answer: HttpAnswer) => void) {
    super();
    this.#onAnswer = onAnswer;
  }

  writeHead(status: number, headers: Record<string, string | number>): this {
    this.statusCode = status;
    this.#headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    );
    return this;
  }

  write(bytes: Buffer): boolean {
    this.#parts.push(bytes);
    return true;
  }

  end(bytes?: Buffer): this {
    if (bytes) this.#parts.push(bytes);
    const body = Buffer.concat(this.#parts).toString();
    this.#onAnswer({ status: this.statusCode, headers: this.#headers, body });
    this.emit('close');
    return this;
  }

  asServerResponse(): ServerResponse {
    return this as unknown as ServerResponse;
  }
}
