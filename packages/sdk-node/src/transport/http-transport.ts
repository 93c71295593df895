import type { BatchRequest, Clock, Transport, TransportOutcome } from '@holdfast/sdk-core/ports';
import { type Dispatcher, Pool } from 'undici';
import { nodeLimits } from '../limits.js';
import { type BatchEncoding, batchBody, encodeBody, mediaTypes } from './encode-batch.js';

interface AgingPool {
  readonly pool: Pool;
  readonly madeAtMs: number;
}

/**
 * Sends batches over HTTP with undici: one pool of keep-alive connections for each origin or Unix
 * socket, replaced every minute; the old one ends with its last answer. Idle connections keep no
 * process alive.
 */
export class HttpTransport implements Transport {
  readonly #clock: Clock;
  readonly #encoding: BatchEncoding;
  readonly #pools = new Map<string, AgingPool>();
  readonly #closing = new Set<Promise<void>>();
  #isClosed = false;

  constructor(clock: Clock, encoding: BatchEncoding = 'json') {
    this.#clock = clock;
    this.#encoding = encoding;
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
      return await this.#exchange(request, controller.signal);
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
    await Promise.all(this.#closing);
  }

  async #exchange(request: BatchRequest, signal: AbortSignal): Promise<TransportOutcome> {
    const { url, socketPath } = batchAddress(request);
    const { body, encoding } = await encodeBody(batchBody(request, this.#encoding));
    if (this.#isClosed) throw new Error('the transport is closed');
    const answer = await this.#pool(url.origin, socketPath).request({
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

  #pool(origin: string, socketPath: string | undefined): Pool {
    const nowMs = this.#clock.monotonicMs();
    const name = socketPath ?? origin;
    const current = this.#pools.get(name);
    if (current && nowMs - current.madeAtMs < nodeLimits.maxPoolAgeMs) return current.pool;
    if (current) this.#retire(current.pool);
    const pool = new Pool(origin, {
      connections: nodeLimits.maxConnections,
      pipelining: 1,
      connectTimeout: nodeLimits.connectTimeoutMs,
      maxHeaderSize: nodeLimits.maxAnswerHeaderBytes,
      // Undici's types want it to be there or absent.
      ...(socketPath !== undefined && { socketPath }),
    });
    this.#pools.set(name, { pool, madeAtMs: nowMs });
    return pool;
  }

  /** Lets requests under way end, then closes. */
  #retire(pool: Pool): void {
    const closing = pool
      .close()
      .catch(ignore)
      .then(() => {
        this.#closing.delete(closing);
      });
    this.#closing.add(closing);
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

/** A connection that fails while it is closed is as closed as any. */
function ignore(): void {}
