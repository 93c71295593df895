/** Stands between page and collector, looks at each request, and answers itself when told to. */
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
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
        const seen = { method, url: new URL(incoming.url ?? '/', this.url), headers, body };
        this.requests.push(seen);
        const { fault } = this;
        if (fault === 'hang') return;
        if (fault === 'cut') outgoing.destroy();
        else if (typeof fault === 'object') {
          outgoing.writeHead(fault.status, fault.headers).end(fault.body);
        } else this.#forward(seen, outgoing, fault);
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Lets the held answers go. */
  letGo(): void {
    for (const answer of this.#held.splice(0)) answer();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(
    { method, url, headers, body }: SeenRequest,
    outgoing: ServerResponse,
    fault: 'lose-answer' | 'hold-answer' | undefined,
  ): void {
    const target = new URL(url.pathname + url.search, this.#targetUrl());
    const forwarded = request(target, { method, headers: { ...headers, host: target.host } });
    forwarded.on('error', () => outgoing.destroy());
    forwarded.on('response', (answer) => {
      if (fault === 'lose-answer') {
        answer.resume().on('end', () => outgoing.destroy());
        return;
      }
      const pass = () => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      };
      if (fault === 'hold-answer') this.#held.push(pass);
      else pass();
    });
    forwarded.end(body);
  }
}
