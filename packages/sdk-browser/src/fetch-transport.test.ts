import type { BatchRequest } from '@holdfast/sdk-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock, settled } from '../test/support/manual-clock.js';
import { FetchTransport } from './fetch-transport.js';
import * as browserLimits from './limits.js';

const event = '{"type":"track","eventId":"e-1"}';

function makeRequest(changes: Partial<BatchRequest> = {}): BatchRequest {
  return {
    endpoint: 'http://127.0.0.1:1/path',
    writeKey: 'a b&c',
    batchId: 'b-1',
    sentAt: '2026-11-01T00:00:00.000Z',
    epoch: 3,
    priority: 'normal',
    events: [event, event],
    timeoutMs: 30_000,
    isKeepalive: false,
    signal: { isAborted: false, onAbort: () => {} },
    ...changes,
  };
}

class KnowsKeepalive {
  keepalive() {}
}

describe('FetchTransport', () => {
  let clock: ManualClock;
  let transport: FetchTransport;
  const fetch = vi.fn<(url: string, init: RequestInit) => Promise<Response>>();

  beforeEach(() => {
    clock = new ManualClock();
    transport = new FetchTransport(clock);
    fetch.mockReset();
    fetch.mockImplementation(() => Promise.resolve(new Response('{}')));
    vi.stubGlobal('fetch', fetch);
    vi.stubGlobal('Request', KnowsKeepalive);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  /** An answer that comes only when the request is aborted, as a failure. */
  function hang(_url: string, init: RequestInit): Promise<Response> {
    return new Promise((_, reject) => {
      init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  }

  it('posts the events as they are, in a request that needs no preflight', async () => {
    await transport.send(makeRequest());
    const [url, init] = fetch.mock.calls[0]!;
    expect(url).toBe('http://127.0.0.1:1/path/v1/events?writeKey=a%20b%26c');
    expect(init).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      credentials: 'omit',
      redirect: 'manual',
      cache: 'no-store',
      keepalive: false,
    });
    expect(init.body).toBe(
      `{"batchId":"b-1","sentAt":"2026-11-01T00:00:00.000Z","epoch":3,"events":[${event},${event}]}`,
    );
  });

  it('names a priority other than normal', async () => {
    fetch.mockImplementation(() => Promise.resolve(new Response('{}')));
    for (const priority of ['critical', 'normal', 'low'] as const) {
      await transport.send(makeRequest({ priority }));
    }
    const claims = fetch.mock.calls.map(([url]) => new URL(url).searchParams.get('priority'));
    expect(claims).toEqual(['critical', null, 'low']);
  });

  it('hands back status, headers and body', async () => {
    const headers = { 'retry-after': '7', date: 'Sun, 01 Nov 2026 00:00:00 GMT' };
    fetch.mockResolvedValue(new Response('{"code":"shed"}', { status: 503, headers }));
    expect(await transport.send(makeRequest())).toEqual({
      kind: 'answer',
      status: 503,
      retryAfter: '7',
      date: headers.date,
      body: '{"code":"shed"}',
    });
  });

  it('reads a bounded part of an answer', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(100_000));
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(chunk),
      cancel: () => {
        isCancelled = true;
      },
    });
    fetch.mockResolvedValue({ status: 200, headers: new Headers(), body: endless } as Response);
    const outcome = await transport.send(makeRequest());
    expect(outcome.kind === 'answer' && outcome.body.length).toBe(browserLimits.maxAnswerChars);
    expect(isCancelled).toBe(true);
  });

  it('ends a request after its timeout', async () => {
    fetch.mockImplementation(hang);
    const outcome = transport.send(makeRequest({ timeoutMs: 5_000 }));
    await settled();
    await clock.pass(5_000);
    expect(await outcome).toEqual({ kind: 'network', detail: 'timeout' });
  });

  it('ends a request that is aborted, unless it is the last of a page', async () => {
    fetch.mockImplementation(hang);
    const aborts: (() => void)[] = [];
    const signal = { isAborted: false, onAbort: (abort: () => void) => void aborts.push(abort) };
    const outcome = transport.send(makeRequest({ signal }));
    await settled();
    for (const abort of aborts.splice(0)) abort();
    expect((await outcome).kind).toBe('network');

    const last = transport.send(makeRequest({ signal, isKeepalive: true, timeoutMs: 9 }));
    await settled();
    expect(aborts).toEqual([]);
    await clock.pass(9);
    await last;
  });

  it('makes a value of every failure', async () => {
    fetch.mockRejectedValue(new TypeError('Failed to fetch'));
    expect(await transport.send(makeRequest())).toEqual({
      kind: 'network',
      detail: 'TypeError: Failed to fetch',
    });
  });

  it('sends the last batch by beacon where keepalive is unknown or refused', async () => {
    const beacons: string[] = [];
    const sendBeacon = (url: string, body: string) => beacons.push(`${url} ${body.length}`) > 0;
    vi.stubGlobal('navigator', { sendBeacon });
    fetch.mockRejectedValue(new TypeError('too many bytes in flight'));
    const outcome = await transport.send(makeRequest({ isKeepalive: true }));
    expect(outcome.kind).toBe('network');
    expect(beacons).toHaveLength(1);

    vi.stubGlobal('Request', class {});
    await transport.send(makeRequest({ isKeepalive: true }));
    expect(beacons).toHaveLength(2);
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});
