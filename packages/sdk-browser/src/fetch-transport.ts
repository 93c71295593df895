/**
 * Batches by fetch. Every outcome is a value.
 *
 * A batch is a CORS-simple request: text/plain and everything else in the query, so that no
 * preflight doubles the requests. Redirects are not followed: an opaque redirect comes out as
 * status 0, which is no verdict. Where keepalive is unknown or refused, the last batch of a page
 * goes by sendBeacon; its answer cannot be read, so the events stay queued.
 */
import type { BatchRequest, Clock, Transport, TransportOutcome } from '@holdfast/sdk-core';
import * as browserLimits from './limits.js';

export class FetchTransport implements Transport {
  readonly #clock: Clock;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
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
      if (this.#isClosed) throw new Error('closed');
      const response = await post(request, controller.signal);
      return {
        kind: 'answer',
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        date: response.headers.get('date'),
        body: await readBounded(response),
      };
    } catch (cause) {
      return { kind: 'network', detail: isTimeout ? 'timeout' : String(cause) };
    } finally {
      cancel();
    }
  }
}

async function post(request: BatchRequest, signal: AbortSignal): Promise<Response> {
  const { endpoint, writeKey, priority, batchId, sentAt, epoch, events } = request;
  const { isKeepalive: keepalive } = request;
  const head = JSON.stringify({ batchId, sentAt, epoch });
  // The queue of a browser holds text alone.
  const text = `${head.slice(0, -1)},"events":[${events as readonly string[]}]}`;
  let url = `${endpoint}/v1/events?writeKey=${encodeURIComponent(writeKey)}`;
  if (priority !== 'normal') url += `&priority=${priority}`;
  let body: BodyInit = text;
  // A page that goes away has no time to compress.
  if (!keepalive && text.length >= browserLimits.minGzipBytes && globalThis.CompressionStream) {
    url += '&compression=gzip';
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
    body = await new Response(stream).arrayBuffer();
  }
  // Parsed, so that what is no URL fails instead of being taken relative to the page.
  const { href } = new URL(url);
  try {
    if (keepalive && !('keepalive' in Request.prototype)) throw new Error('keepalive');
    return await fetch(href, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body,
      keepalive,
      signal,
      credentials: 'omit',
      redirect: 'manual',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
  } catch (cause) {
    if (keepalive && !signal.aborted) navigator.sendBeacon(href, text);
    throw cause;
  }
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
  // A chunk may be large.
  return text.slice(0, browserLimits.maxAnswerChars);
}
