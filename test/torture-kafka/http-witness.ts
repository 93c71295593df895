/**
 * The address of one collector, which stays while the collector behind it is killed and started
 * again. It passes requests and answers on as they are, and notes which events each 200 acked, and
 * when: by its own reading of the wire, not by the SDK's.
 */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync } from 'node:zlib';
import type { HttpHistory } from './http-history.js';
import { monotonicMs } from './monotonic-clock.js';
import { eventText } from './receipt-log.js';

interface Target {
  readonly label: string;
  readonly port: number;
  readonly agent: Agent;
}

interface Answer {
  readonly response: IncomingMessage;
  readonly body: Buffer;
}

/** Of a 200 and of a problem, as far as it is of interest. */
interface AnswerBody {
  readonly accepted?: number;
  readonly rejected?: readonly { readonly index: number }[];
  readonly retry?: readonly { readonly index: number }[];
  readonly code?: string;
}

export class HttpWitness {
  readonly #history: HttpHistory;
  readonly #sources: ReadonlyMap<string, string>;
  readonly #server: Server;
  #target: Target | undefined;
  #forwarded: (() => void)[] = [];
  /** Requests that a collector has and has not answered. */
  underWay = 0;

  /** `sources`: by write key. */
  constructor(history: HttpHistory, sources: ReadonlyMap<string, string>) {
    this.#history = history;
    this.#sources = sources;
    this.#server = createServer((request, response) => {
      // A client that is gone hears nothing; what is known of its request is noted already.
      this.#pass(request, response).catch(() => response.destroy());
    });
  }

  /** Its address, for the clients. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#target?.agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Names the collector behind it; undefined: connections are cut, as nobody listens. */
  pointTo(label: string | undefined, port = 0): void {
    this.#target?.agent.destroy();
    this.#target =
      label === undefined ? undefined : { label, port, agent: new Agent({ keepAlive: true }) };
  }

  /** Resolves when a request has just been handed to the collector. */
  nextForwarded(): Promise<void> {
    return new Promise((resolve) => this.#forwarded.push(resolve));
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const target = this.#target;
    const sentAtMs = monotonicMs();
    const answer = target && (await this.#forward(target, request, body));
    const endedAtMs = monotonicMs();
    const said = answer ? (JSON.parse(answer.body.toString()) as AnswerBody) : {};
    this.#history.note({
      ...{ collector: target?.label, sentAtMs, endedAtMs, code: said.code },
      status: answer?.response.statusCode ?? 0,
      accepted: said.accepted ?? 0,
      retried: said.retry?.length ?? 0,
    });
    if (target === undefined || answer === undefined) {
      response.destroy();
      return;
    }
    if (answer.response.statusCode === 200) {
      const events = this.#acked(request, body, said);
      this.#history.noteAck({ collector: target.label, atMs: endedAtMs, events });
    }
    response.writeHead(answer.response.statusCode ?? 500, answer.response.headers);
    response.end(answer.body);
  }

  async #forward(
    { port, agent }: Target,
    request: IncomingMessage,
    body: Buffer,
  ): Promise<Answer | undefined> {
    this.underWay++;
    try {
      const { method, url, headers } = request;
      const sent = httpRequest({ host: '127.0.0.1', port, method, path: url, headers, agent });
      // A connection that is cut in mid-answer says so twice; the answer's error is the one to hear.
      sent.on('error', () => undefined);
      sent.end(body, () => {
        for (const tell of this.#forwarded.splice(0)) tell();
      });
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      return { response, body: await bytesOf(response) };
    } catch {
      // Whatever cut the connection: the client is not told more than that.
      return undefined;
    } finally {
      this.underWay--;
    }
  }

  #acked(request: IncomingMessage, body: Buffer, said: AnswerBody): string[] {
    const isPlain = request.headers['content-encoding'] === undefined;
    const json = isPlain ? body : brotliDecompressSync(body);
    const { events } = JSON.parse(json.toString()) as { events: { eventId: string }[] };
    const source = this.#sources.get(request.headers.authorization?.slice('Bearer '.length) ?? '');
    const others = new Set([...(said.rejected ?? []), ...(said.retry ?? [])].map((v) => v.index));
    return events
      .filter((_, index) => !others.has(index))
      .map(({ eventId }) => eventText(source ?? '', eventId));
  }
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
