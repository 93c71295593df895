/** Stands between page and collector, looks at each request, and answers itself when told to. */
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** When it was given, by `performance.now()`. */
  readonly atMs: number;
}

export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** When it had come, by `performance.now()`. */
  readonly atMs: number;
  /** Whether the collector got it. */
  readonly wasForwarded: boolean;
  /** What the page was told; undefined as long as it was told nothing. */
  answer?: SeenAnswer;
}

/** What a faulty network answers instead of the collector; undefined: nothing, it cuts. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'cut'
  /** The collector gets the request, the page never its answer. */
  | 'lose-answer'
  /** The collector gets the request, the page its answer only when it is let go. */
  | 'hold-answer'
  /** Neither an answer nor an end. */
  | 'hang';

export class FaultProxy {
  readonly #server: Server;
  readonly #targetUrl: () => string;
  readonly requests: SeenRequest[] = [];
  readonly #held: (() => void)[] = [];
  /** While set, what every request meets. */
  fault: Fault | undefined;

  static async start(targetUrl: () => string): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetUrl);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  private constructor(targetUrl: () => string) {
    this.#targetUrl = targetUrl;
    this.#server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const { method = '', headers } = incoming;
        const body = Buffer.concat(chunks);
        const url = new URL(incoming.url ?? '/', this.url);
        const { fault } = this;
        const wasForwarded = fault !== 'hang' && fault !== 'cut' && typeof fault !== 'object';
        const atMs = performance.now();
        const seen: SeenRequest = { method, url, headers, body, atMs, wasForwarded };
        this.requests.push(seen);
        if (fault === 'hang') return;
        if (fault === 'cut') outgoing.destroy();
        else if (typeof fault === 'object') {
          answer(seen, outgoing, fault.status, fault.headers).end(fault.body);
        } else this.#forward(seen, outgoing, fault);
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Lets the held answers go, those too that the collector has still to give. */
  letGo(): void {
    for (const pass of this.#held.splice(0)) pass();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(
    seen: SeenRequest,
    outgoing: ServerResponse,
    fault: 'lose-answer' | 'hold-answer' | undefined,
  ): void {
    const { method, url, headers, body } = seen;
    const letGo =
      fault === 'hold-answer'
        ? new Promise<void>((resolve) => this.#held.push(resolve))
        : Promise.resolve();
    const target = new URL(url.pathname + url.search, this.#targetUrl());
    const forwarded = request(target, { method, headers: { ...headers, host: target.host } });
    forwarded.on('error', () => outgoing.destroy());
    forwarded.on('response', (response) => {
      if (fault === 'lose-answer') {
        response.resume().on('end', () => outgoing.destroy());
        return;
      }
      void letGo.then(() => {
        response.pipe(answer(seen, outgoing, response.statusCode ?? 502, response.headers));
      });
    });
    forwarded.end(body);
  }
}

function answer(
  seen: SeenRequest,
  outgoing: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders = {},
): ServerResponse {
  const after = Object.entries(headers).find(([name]) => name.toLowerCase() === 'retry-after');
  const retryAfter = after === undefined ? undefined : String(after[1]);
  seen.answer = { status, retryAfter, atMs: performance.now() };
  return outgoing.writeHead(status, headers);
}
