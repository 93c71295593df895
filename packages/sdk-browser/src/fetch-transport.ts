/**
 * Batches by fetch, as a CORS-simple request: text/plain and everything else in the query, so that
 * no preflight doubles the requests. Every outcome is a value.
 *
 * Redirects are not followed: an opaque redirect comes out as status 0, which is no verdict.
 */
import type { BatchRequest, Clock, Transport, TransportOutcome } from '@holdfast/sdk-core';
import { browserLimits } from './limits.js';

export class FetchTransport implements Transport {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(request: BatchRequest): Promise<TransportOutcome> {
    const controller = new AbortController();
    let isTimeout = false;
    const cancel = this.#clock.schedule(request.timeoutMs, () => {
      isTimeout = true;
      controller.abort();
    });
    // The last request of a page is meant to outlive this sender.
    if (!request.isKeepalive) request.signal.onAbort(() => controller.abort());
    try {
      return await exchange(request, controller.signal);
    } catch (cause) {
      if (isTimeout) return { kind: 'timeout' };
      // Its answer cannot be read: the events stay queued, and their copies are discarded later.
      if (request.isKeepalive) navigator.sendBeacon(urlOf(request), textOf(request));
      return { kind: 'network', detail: String(cause) };
    } finally {
      cancel();
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function exchange(request: BatchRequest, signal: AbortSignal): Promise<TransportOutcome> {
  const { isKeepalive } = request;
  const text = textOf(request);
  // A page that goes away has no time to compress.
  const isGzip =
    !isKeepalive &&
    text.length >= browserLimits.minGzipBytes &&
    typeof CompressionStream !== 'undefined';
  if (isKeepalive && !('keepalive' in Request.prototype)) throw new Error('no keepalive here');
  const response = await fetch(urlOf(request) + (isGzip ? '&compression=gzip' : ''), {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: isGzip ? await gzip(text) : text,
    keepalive: isKeepalive,
    signal,
    credentials: 'omit',
    redirect: 'manual',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
  });
  return {
    kind: 'answer',
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    date: response.headers.get('date'),
    body: await readBounded(response),
  };
}

function urlOf({ endpoint, writeKey, priority }: BatchRequest): string {
  // Never `critical`: the key is public, and one that may not claim it is refused altogether.
  const claim = priority === 'low' ? '&priority=low' : '';
  return `${endpoint}/v1/events?writeKey=${encodeURIComponent(writeKey)}${claim}`;
}

function textOf({ batchId, sentAt, epoch, events }: BatchRequest): string {
  const head = JSON.stringify({ batchId, sentAt, epoch });
  return `${head.slice(0, -1)},"events":[${events}]}`;
}

function gzip(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

async function readBounded(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (reader && text.length < browserLimits.maxAnswerChars) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
  void reader?.cancel();
  return text;
}
