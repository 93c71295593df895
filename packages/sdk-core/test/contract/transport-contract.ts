/**
 * What every Transport must do, by the docstrings of `ports.ts`, against a real server on loopback.
 * How the write key travels and whether the body is compressed is the transport's own affair.
 */
import { Abort } from '@holdfast/sdk-core/attempt';
import type { BatchRequest, Transport, TransportOutcome } from '@holdfast/sdk-core/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exposedHeaders, startRawServer, TransportServer } from './transport-server.js';

export interface TransportUnderTest {
  readonly transport: Transport;
  readonly dispose: () => Promise<void>;
}

/** Runs the suite; `makeTransport` gives each test one of its own. */
export function describeTransport(
  name: string,
  makeTransport: () => Promise<TransportUnderTest>,
): void {
  describe(`${name} as a Transport`, () => {
    const context: Context = { server: undefined!, url: '', transport: undefined! };
    let dispose: () => Promise<void>;
    beforeEach(async () => {
      context.server = new TransportServer();
      context.url = await context.server.start();
      ({ transport: context.transport, dispose } = await makeTransport());
    });
    afterEach(async () => {
      await dispose();
      await context.server.stop();
    });

    describeRequests(context);
    describeAnswers(context);
    describeFailures(context);
    describeEnds(context);
  });
}

interface Context {
  server: TransportServer;
  url: string;
  transport: Transport;
}

function describeRequests(context: Context): void {
  const send = (changes: Partial<BatchRequest> = {}) => sendTo(context, changes);

  it('posts the batch, with the very bytes of its events, to /v1/events', async () => {
    const events = [
      '{"eventId":"e-1", "a" : 1.0, "ü":"€ 😀"}',
      new TextEncoder().encode('{"eventId":"e-2","b":"\\u0000"}'),
    ];
    await send({ events, epoch: 7 });
    const [{ method, path, body, writeKey, priority }] = context.server.received as [never];
    expect({ method, path, writeKey, priority }).toEqual({
      method: 'POST',
      path: '/v1/events',
      writeKey: 'key-1',
      priority: null,
    });
    expect(String(body)).toBe(
      '{"batchId":"b-1","sentAt":"2026-11-23T00:00:00.000Z","epoch":7,"events":[' +
        '{"eventId":"e-1", "a" : 1.0, "ü":"€ 😀"},{"eventId":"e-2","b":"\\u0000"}]}',
    );
  });

  it('sends a large batch whole, compressed or not', async () => {
    const events = Array.from({ length: 500 }, (_, n) => `{"n":${n},"pad":"${'é'.repeat(200)}"}`);
    await send({ events });
    const { events: received } = JSON.parse(String(context.server.received[0]!.body));
    expect(received.map((event: { n: number }) => event.n)).toEqual(events.map((_, n) => n));
  });

  it('keeps the path prefix of an endpoint, and names a priority that is not normal', async () => {
    await send({ endpoint: `${context.url}/collect/eu`, priority: 'critical' });
    await send({ priority: 'low' });
    expect(context.server.received.map(({ path, priority }) => [path, priority])).toEqual([
      ['/collect/eu/v1/events', 'critical'],
      ['/v1/events', 'low'],
    ]);
  });

  it('sends several batches at once', async () => {
    context.server.answer = ({ body }, response) =>
      response.writeHead(200, exposedHeaders).end(JSON.parse(String(body)).batchId);
    const batchIds = Array.from({ length: 12 }, (_, n) => `b-${n}`);
    const outcomes = await Promise.all(batchIds.map((batchId) => send({ batchId })));
    expect(outcomes.map((outcome) => (outcome as Answered).body)).toEqual(batchIds);
  });
}

type Answered = Extract<TransportOutcome, { kind: 'answer' }>;

function describeAnswers(context: Context): void {
  const send = (changes: Partial<BatchRequest> = {}) => sendTo(context, changes);

  it.each([200, 400, 401, 403, 404, 413, 415, 422, 429, 500, 502, 503])(
    'passes on a %d with its body, Retry-After and Date',
    async (status) => {
      const date = 'Mon, 23 Nov 2026 00:00:00 GMT';
      context.server.answer = (_request, response) =>
        response.writeHead(status, { ...exposedHeaders, date, 'retry-after': '7' }).end('{"ü":1}');
      const outcome = await send();
      expect(outcome).toEqual({ kind: 'answer', status, date, retryAfter: '7', body: '{"ü":1}' });
    },
  );

  it('passes on a page that is not ours, and says null for headers that are missing', async () => {
    context.server.answer = (_request, response) => {
      response.sendDate = false;
      response.writeHead(200, { ...exposedHeaders, 'content-type': 'text/html' }).end('<html>');
    };
    const expected = { kind: 'answer', status: 200, date: null, retryAfter: null, body: '<html>' };
    expect(await send()).toEqual(expected);
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect: %d', async (status) => {
    context.server.answer = ({ path }, response) => {
      const isElsewhere = path === '/elsewhere';
      const headers = { ...exposedHeaders, location: '/elsewhere' };
      response.writeHead(isElsewhere ? 200 : status, headers).end();
    };
    const outcome = await send();
    expect(outcome.kind === 'answer' ? outcome.status : 0).not.toBe(200);
    expect(context.server.received.map(({ path }) => path)).toEqual(['/v1/events']);
  });

  it('reads no more of an endless answer than it may', async () => {
    context.server.answer = (_request, response) => {
      response.writeHead(200, exposedHeaders);
      const chunk = Buffer.alloc(65_536, 0x20);
      const pump = () => {
        while (response.write(chunk));
      };
      response.on('drain', pump).on('error', () => {});
      pump();
    };
    const outcome = await send({ timeoutMs: 20_000 });
    if (outcome.kind === 'answer') expect(outcome.body.length).toBeLessThanOrEqual(1_000_000);
    else expect(outcome.kind).toBe('network');
  });
}

function describeFailures(context: Context): void {
  const send = (changes: Partial<BatchRequest> = {}) => sendTo(context, changes);

  it('says network where nobody listens', async () => {
    await context.server.stop();
    expect(await send()).toMatchObject({ kind: 'network', detail: expect.any(String) });
  });

  it('says network for an answer that is cut off in its body', async () => {
    context.server.answer = (_request, response) => {
      response.writeHead(200, { ...exposedHeaders, 'content-length': 100 });
      response.write('{"batchId":', () => response.destroy());
    };
    expect(await send()).toMatchObject({ kind: 'network' });
  });

  it.each([
    ['a connection that is reset', (): string => ''],
    ['an answer that is not HTTP', (): string => 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['an answer that ends in its headers', (): string => 'HTTP/1.1 200 OK\r\nContent-'],
  ])('says network for %s', async (_what, text) => {
    const raw = await startRawServer((socket) => {
      socket.once('data', () => {
        if (text() === '') socket.resetAndDestroy();
        else socket.end(text());
      });
    });
    try {
      expect(await send({ endpoint: raw.url })).toMatchObject({ kind: 'network' });
    } finally {
      raw.stop();
    }
  });

  it('says network for an endpoint that is no URL, or of no known scheme', async () => {
    for (const endpoint of ['no url', 'gopher://127.0.0.1', 'http://127.0.0.1:99999']) {
      expect(await send({ endpoint })).toMatchObject({ kind: 'network' });
    }
  });

  it('sends again after failures', async () => {
    context.server.answer = (_request, response) => response.destroy();
    expect(await send()).toMatchObject({ kind: 'network' });
    context.server.answer = (_request, response) => response.writeHead(200, exposedHeaders).end();
    expect(await send()).toMatchObject({ kind: 'answer', status: 200 });
  });
}

function describeEnds(context: Context): void {
  const send = (changes: Partial<BatchRequest> = {}) => sendTo(context, changes);

  it('says timeout when no answer comes in time', async () => {
    context.server.answer = () => {};
    expect(await send({ timeoutMs: 150 })).toEqual({ kind: 'network', detail: 'timeout' });
  });

  it('says timeout when the answer does not end in time', async () => {
    context.server.answer = (_request, response) => {
      response.writeHead(200, exposedHeaders).write('{"batchId":');
    };
    expect(await send({ timeoutMs: 150 })).toEqual({ kind: 'network', detail: 'timeout' });
  });

  it('ends at once when it is aborted, and says network', async () => {
    const signal = new Abort();
    context.server.answer = () => signal.abort();
    const outcome = await send({ signal, timeoutMs: 20_000 });
    expect(outcome).toMatchObject({ kind: 'network' });
  });

  it('does not send what was aborted before', async () => {
    const signal = new Abort();
    signal.abort();
    expect(await send({ signal })).toMatchObject({ kind: 'network' });
    expect(context.server.received).toEqual([]);
  });

  it('waits for what is under way when it is closed, and sends nothing afterwards', async () => {
    const { transport, server } = context;
    let finish = () => {};
    const arrived = new Promise<void>((resolve) => {
      server.answer = (_request, response) => {
        finish = () => void response.writeHead(200, exposedHeaders).end('{}');
        resolve();
      };
    });
    const sending = send();
    await arrived;
    const closing = transport.close();
    finish();
    expect(await sending).toMatchObject({ kind: 'answer', status: 200 });
    await closing;
    expect(await send()).toMatchObject({ kind: 'network' });
    expect(server.received).toHaveLength(1);
  });
}

function sendTo(context: Context, changes: Partial<BatchRequest>): Promise<TransportOutcome> {
  return context.transport.send({
    endpoint: context.url,
    writeKey: 'key-1',
    batchId: 'b-1',
    sentAt: '2026-11-23T00:00:00.000Z',
    epoch: 0,
    priority: 'normal',
    events: ['{"eventId":"e-1"}'],
    timeoutMs: 10_000,
    isKeepalive: false,
    signal: new Abort(),
    ...changes,
  });
}
