/**
 * Batches by fetch. Every outcome is a value.
 *
 * A batch is a CORS-simple request: text/plain and everything else in the query, so that no
 * preflight doubles the requests. Redirects are not followed: an opaque redirect comes out as status
 * 0, which is no verdict.
 */
import type {
  BatchRequest,
  Clock,
  EventJson,
  Transport,
  TransportOutcome,
} from '@holdfast/sdk-core';
import * as browserLimits from './limits.js';

export class FetchTransport implements Transport {
  readonly #clock: Clock;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  async send(request: BatchRequest): Promise<TransportOutcome> {
    if (this.#isClosed) return { kind: 'network', detail: 'closed' };
    const controller = new AbortController();
    let isTimeout = false;
    const cancel = this.#clock.schedule(request.timeoutMs, () => {
      isTimeout = true;
      controller.abort();
    });
    // The last request of a page is meant to outlive this sender.
    if (!request.isKeepalive) request.signal.onAbort(() => controller.abort());
    try {
      return await send(request, urlOf(request), controller.signal);
    } catch (cause) {
      return isTimeout ? { kind: 'timeout' } : { kind: 'network', detail: String(cause) };
    } finally {
      cancel();
    }
  }
}

function urlOf({ endpoint, writeKey, priority }: BatchRequest): string {
  // Parsed, so that what is no URL fails instead of being taken relative to the page.
  const url = new URL(`${endpoint}/v1/events`);
  url.searchParams.set('writeKey', writeKey);
  if (priority !== 'normal') url.searchParams.set('priority', priority);
  return url.href;
}

async function send(
  request: BatchRequest,
  url: string,
  signal: AbortSignal,
): Promise<TransportOutcome> {
  const { isKeepalive } = request;
  const text = textOf(request);
  if (isKeepalive && !('keepalive' in Request.prototype)) return beacon(url, text);
  const response = await post(url, text, isKeepalive, signal).catch((cause) => {
    if (isKeepalive && !signal.aborted) return undefined;
    throw cause;
  });
  if (!response) return beacon(url, text);
  return {
    kind: 'answer',
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    date: response.headers.get('date'),
    body: await readBounded(response),
  };
}

async function post(
  url: string,
  text: string,
  keepalive: boolean,
  signal: AbortSignal,
): Promise<Response> {
  // A page that goes away has no time to compress.
  const isGzip =
    !keepalive &&
    text.length >= browserLimits.minGzipBytes &&
    typeof CompressionStream !== 'undefined';
  return fetch(isGzip ? `${url}&compression=gzip` : url, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: isGzip ? await gzip(text) : text,
    keepalive,
    signal,
    credentials: 'omit',
    redirect: 'manual',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
  });
}

function gzip(text: string): Promise<ArrayBuffer> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

/** Its answer cannot be read: the events stay queued, and their copies are discarded later. */
function beacon(url: string, text: string): TransportOutcome {
  navigator.sendBeacon(url, text);
  return { kind: 'network', detail: 'sent by beacon, without an answer' };
}

function textOf({ batchId, sentAt, epoch, events }: BatchRequest): string {
  const head = JSON.stringify({ batchId, sentAt, epoch });
  return `${head.slice(0, -1)},"events":[${events.map(eventText)}]}`;
}

function eventText(json: EventJson): string {
  return typeof json === 'string' ? json : new TextDecoder().decode(json);
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
