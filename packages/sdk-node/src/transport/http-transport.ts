import type { BatchRequest, Clock, Transport, TransportOutcome } from '@holdfast/sdk-core/ports';
import type { Dispatcher } from 'undici';
import { nodeLimits } from '../limits.js';
import { connectionsTo, connectionsToSocket, type ProxyChoice } from './connections.js';
import { type BatchEncoding, batchBody, encodeBody, mediaTypes } from './encode-batch.js';

interface AgingPool {
  readonly pool: Dispatcher;
  readonly madeAtMs: number;
}

/**
 * Sends batches over HTTP with undici: keep-alive connections to each origin or Unix socket,
 * replaced every minute; the old ones end with their last answer. Idle connections keep no process
 * alive.
 */
export class HttpTransport implements Transport {
  readonly #clock: Clock;
  readonly #encoding: BatchEncoding;
  readonly #proxy: ProxyChoice;
  readonly #pools = new Map<string, AgingPool>();
  /** Pools that end with their last answer. */
  readonly #closing = new Map<Dispatcher, Promise<void>>();
  #isClosed = false;

  constructor(clock: Clock, encoding: BatchEncoding = 'json', proxy?: ProxyChoice) {
    this.#clock = clock;
    this.#encoding = encoding;
    this.#proxy = proxy;
  }

  async send(request: BatchRequest): Promise<TransportOutcome> {
    const controller = new AbortController();
    let isTimeout = false;
    const cancelTimer = this.#clock.schedule(request.timeoutMs, () => {
      isTimeout = true;
      controller.abort();
    });
    request.signal.onAbort(() => controller.abort());
    try {
      const exchange = this.#exchange(request, controller.signal);
      exchange.catch(ignore);
      // By itself undici goes on waiting for a proxy that never answers CONNECT.
      return await Promise.race([exchange, aborted(controller.signal)]);
    } catch (cause) {
      if (request.signal.isAborted) return { kind: 'network', detail: 'aborted' };
      return { kind: 'network', detail: isTimeout ? 'timeout' : describe(cause) };
    } finally {
      cancelTimer();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { pool } of this.#pools.values()) this.#retire(pool);
    this.#pools.clear();
    await new Promise<void>((resolve) => {
      // Nobody waits for a connection that is still being made, through a silent proxy say.
      const cut = () => {
        for (const pool of this.#closing.keys()) void pool.destroy().catch(ignore);
        resolve();
      };
      const cancel = this.#clock.schedule(nodeLimits.closeTimeoutMs, cut, true);
      void Promise.all(this.#closing.values()).then(cancel).then(resolve);
    });
  }

  async #exchange(request: BatchRequest, signal: AbortSignal): Promise<TransportOutcome> {
    const { url, socketPath } = batchAddress(request);
    const { body, encoding } = await encodeBody(batchBody(request, this.#encoding));
    if (this.#isClosed) throw new Error('the transport is closed');
    const answer = await this.#pool(url.origin, socketPath).request({
      origin: url.origin,
      method: 'POST',
      path: url.pathname + url.search,
      headers: {
        authorization: `Bearer ${request.writeKey}`,
        'content-type': mediaTypes[this.#encoding],
        'user-agent': 'holdfast-node',
        'content-encoding': encoding,
      },
      body,
      signal,
      // The request's own timer covers all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return {
      kind: 'answer',
      status: answer.statusCode,
      retryAfter: headerOf(answer, 'retry-after'),
      date: headerOf(answer, 'date'),
      body: await readBounded(answer.body),
    };
  }

  #pool(origin: string, socketPath: string | undefined): Dispatcher {
    const nowMs = this.#clock.monotonicMs();
    const name = socketPath ?? origin;
    const current = this.#pools.get(name);
    if (current && nowMs - current.madeAtMs < nodeLimits.maxPoolAgeMs) return current.pool;
    if (current) this.#retire(current.pool);
    const pool =
      socketPath === undefined
        ? connectionsTo(origin, this.#proxy)
        : connectionsToSocket(origin, socketPath);
    this.#pools.set(name, { pool, madeAtMs: nowMs });
    return pool;
  }

  /** Lets requests under way end, then closes. */
  #retire(pool: Dispatcher): void {
    const closing = pool
      .close()
      .catch(ignore)
      .then(() => void this.#closing.delete(pool));
    this.#closing.set(pool, closing);
  }
}

/** `unix:/path` is a socket; whoever listens there is asked like any other host. */
function batchAddress({ endpoint, priority }: BatchRequest): {
  url: URL;
  socketPath?: string | undefined;
} {
  const socketPath = /^unix:(.+)$/.exec(endpoint)?.[1];
  const base = socketPath === undefined ? endpoint.replace(/\/+$/, '') : 'http://localhost';
  const url = new URL(`${base}/v1/events`);
  if (priority !== 'normal') url.searchParams.set('priority', priority);
  return { url, socketPath };
}

/** Rejects when it is. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}

function headerOf(answer: Dispatcher.ResponseData, name: string): string | null {
  const value = answer.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    bytes += part.length;
    // Leaving the loop ends the connection.
    if (bytes >= nodeLimits.maxAnswerBytes) break;
  }
  return Buffer.concat(parts).subarray(0, nodeLimits.maxAnswerBytes).toString();
}

function describe(cause: unknown): string {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  return String(code ?? message ?? cause);
}

/** Told already, or a connection that fails while it is closed: as closed as any. */
function ignore(): void {}
