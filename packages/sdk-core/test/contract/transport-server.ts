import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/** A request as the server got it, in the forms that browsers and Node give it. */
export interface ReceivedBatch {
  readonly method: string;
  readonly path: string;
  readonly priority: string | null;
  readonly writeKey: string | undefined;
  readonly contentType: string | undefined;
  readonly encoding: string | undefined;
  /** Bytes of the body as they were sent. */
  readonly wireBytes: number;
  /** Decompressed. */
  readonly body: Buffer;
}

export type Answer = (request: ReceivedBatch, response: ServerResponse) => void;

/** What every answer of a collector carries, so that a page of another origin can read it. */
export const exposedHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Retry-After, Date',
};

/** A server that answers as a test tells it, and keeps what it received. */
export class TransportServer {
  readonly received: ReceivedBatch[] = [];
  answer: Answer = (_request, response) => response.writeHead(200, exposedHeaders).end('{}');
  readonly #server: Server = createServer((request, response) => {
    void this.#serve(request, response);
  });
  readonly #sockets = new Set<Socket>();
  /** Connections that were ever made. */
  connectionCount = 0;

  constructor() {
    this.#server.on('connection', (socket) => {
      this.connectionCount++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get openConnectionCount(): number {
    return this.#sockets.size;
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      // The client aborted in the middle of its body.
      return;
    }
    const url = new URL(request.url ?? '/', 'http://server');
    const parameter = url.searchParams.get('compression') ?? undefined;
    const encoding = request.headers['content-encoding'] ?? parameter;
    const wireBody = Buffer.concat(parts);
    const received = {
      method: request.method ?? '',
      path: url.pathname,
      priority: url.searchParams.get('priority'),
      writeKey:
        request.headers.authorization?.replace(/^Bearer /, '') ??
        url.searchParams.get('writeKey') ??
        undefined,
      contentType: request.headers['content-type'],
      encoding,
      wireBytes: wireBody.length,
      body: decompress(wireBody, encoding),
    };
    this.received.push(received);
    this.answer(received, response);
  }
}

function decompress(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'br') return brotliDecompressSync(bytes);
  return encoding === 'gzip' ? gunzipSync(bytes) : bytes;
}

/** Starts a server that treats each connection as told; returns its URL and what stops it. */
export async function startRawServer(
  onConnection: (socket: Socket) => void,
): Promise<{ url: string; stop: () => void }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url, stop };
}
