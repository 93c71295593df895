import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { limits, parseAck, parseProblem, problemMediaType } from '@holdfast/protocol';
import { ackSchema, problemSchema } from '@holdfast/protocol/schemas';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { MemorySink } from '../../src/sinks/memory-sink.js';
import { startCollector } from '../support/start-collector.js';
import { batchOf, trackEvent } from '../support/track-event.js';

const sound = (answer: Response) => answer.json() as Promise<Record<string, unknown>>;

/** Status and code of a problem, checked to be one that clients accept as ours. */
async function problemOf(answer: Response): Promise<string> {
  const text = await answer.text();
  expect(problemSchema.safeParse(JSON.parse(text)).success, text).toBe(true);
  const problem = parseProblem(text, answer.status);
  expect(answer.headers.get('content-type')).toBe(problemMediaType);
  expectReadableByPages(answer);
  return `${answer.status} ${problem?.code}`;
}

function expectReadableByPages(answer: Response): void {
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After, Date');
}

describe('POST /v1/events takes a batch', () => {
  it('and answers with an ack that adds up, once the sinks have it', async () => {
    const { sink, post } = await startCollector({ region: 'eu', epoch: 3 });
    const events = [
      trackEvent('a'),
      trackEvent('b', { timestamp: 'soon' }),
      trackEvent('a'),
      trackEvent('c'),
    ];
    const answer = await post({ batchId: 'b-1', sentAt: '2026-11-23T10:00:01Z', events });
    expect(answer.status).toBe(200);
    expectReadableByPages(answer);
    const text = await answer.text();
    expect(ackSchema.safeParse(JSON.parse(text)).success).toBe(true);
    expect(parseAck(text, 'b-1', 4)).toEqual({
      batchId: 'b-1',
      region: 'eu',
      epoch: 3,
      durable: ['memory'],
      accepted: 2,
      duplicates: 1,
      rejected: [{ index: 1, eventId: 'b', code: 'invalid_timestamp' }],
      retry: [],
    });
    expect(sink.events.map(({ eventId }) => eventId)).toEqual(['a', 'c']);
  });

  it('and hands the sinks its bytes and what the request says about it', async () => {
    const random = new SeededRandom(1);
    const { sink, post } = await startCollector({}, { random });
    const json =
      '{ "eventId":"01890a5d-ac96-774b-bcce-b302099a8057","type":"track",\n"é":"\\u00e9",' +
      '"timestamp":"2026-11-23T10:00:00+01:00","event":"x","anonymousId":"anon"}';
    const sentAt = new Date(Date.now() - 60_000).toISOString();
    const before = Date.now();
    await post(`{"sentAt":"${sentAt}","events":[${json}]}`, {
      headers: {
        'user-agent': 'shop/1.0',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
      query: '?priority=low',
    });
    const [event] = sink.events;
    const { receivedAtMs, headers, bytes, ...rest } = event!;
    expect(receivedAtMs).toBeGreaterThanOrEqual(before);
    expect(Number(headers.hf_skew_ms)).toBeGreaterThanOrEqual(60_000);
    expect(Buffer.from(bytes).toString()).toBe(json.replace('\n', ' '));
    expect(rest).toEqual({
      source: 'shop',
      eventId: '01890a5d-ac96-774b-bcce-b302099a8057',
      idDay: '2023-06-30',
      partitionKey: 'anon',
      priority: 'low',
    });
    expect(headers).toEqual({
      ce_specversion: '1.0',
      ce_id: '01890a5d-ac96-774b-bcce-b302099a8057',
      ce_source: 'shop',
      ce_type: 'track',
      ce_time: '2026-11-23T10:00:00+01:00',
      'content-type': 'application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      hf_received_at: String(receivedAtMs),
      hf_skew_ms: headers.hf_skew_ms,
      hf_user_agent: 'shop/1.0',
    });
  });

  it('of no events, with a batchId of its own if there is none', async () => {
    const { post } = await startCollector();
    const answer = await sound(await post({ events: [] }));
    expect(answer).toMatchObject({ accepted: 0, duplicates: 0, rejected: [], retry: [] });
    expect(answer.batchId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('that is compressed, named by header or by query', async () => {
    const { sink, post } = await startCollector();
    const gzip = (id: string) => gzipSync(JSON.stringify(batchOf(id)));
    const brotli = (id: string) => brotliCompressSync(JSON.stringify(batchOf(id)));
    const answers = [
      await post(gzip('a'), { headers: { 'content-encoding': 'gzip' } }),
      await post(gzip('b'), { query: '?compression=gzip' }),
      await post(brotli('c'), { headers: { 'content-encoding': 'br' } }),
      await post(brotli('d'), { query: '?compression=br' }),
      await post(batchOf('e'), { headers: { 'content-encoding': 'identity' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(sink.events.map(({ eventId }) => eventId)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('as a page sends it: text/plain with its key in the query', async () => {
    const { url } = await startCollector();
    const answer = await fetch(`${url}/v1/events?writeKey=shop-key`, {
      method: 'POST',
      headers: { origin: 'https://shop.example' },
      body: JSON.stringify(batchOf('a')),
    });
    expect(answer.status).toBe(200);
    expectReadableByPages(answer);
  });

  it('after a preflight, if it is not simple', async () => {
    const { url } = await startCollector();
    const answer = await fetch(`${url}/v1/events`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-encoding,content-type',
      },
    });
    expect(answer.status).toBe(204);
    expectReadableByPages(answer);
    expect(answer.headers.get('access-control-allow-methods')).toBe('POST');
    expect(answer.headers.get('access-control-allow-headers')?.toLowerCase()).toBe(
      'authorization, content-type, content-encoding',
    );
  });
});

describe('POST /v1/events refuses', () => {
  const events = batchOf('a');
  const json = JSON.stringify(events);

  it.each<[string, string | Uint8Array | object, Parameters<typeof describe>[0] | object]>([
    ['401 missing_write_key', events, { headers: { authorization: '' } }],
    ['401 missing_write_key', events, { headers: { authorization: 'Basic c2hvcC1rZXk=' } }],
    ['401 unknown_write_key', events, { headers: { authorization: 'Bearer other' } }],
    ['400 invalid_json', '{"events":[', {}],
    ['400 invalid_json', '', {}],
    ['400 invalid_utf8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), {}],
    ['400 invalid_batch', { events: 7 }, {}],
    ['400 invalid_batch', '{"events":[],"events":[]}', {}],
    ['400 invalid_compression', json, { query: '?compression=gzip' }],
    ['400 invalid_compression', gzipSync(json).subarray(0, 40), { query: '?compression=gzip' }],
    ['400 invalid_request', events, { query: '?priority=urgent' }],
    ['413 body_too_large', 'x'.repeat(limits.maxWireBytes + 1), {}],
    ['413 inflated_too_large', gzipSync(Buffer.alloc(1_000_001)), { query: '?compression=gzip' }],
    ['413 too_many_events', { events: new Array(501).fill({}) }, {}],
    ['415 unsupported_media_type', events, { headers: { 'content-type': 'text/html' } }],
    [
      '415 unsupported_media_type',
      events,
      { headers: { 'content-type': 'text/plain;charset=utf-16' } },
    ],
    ['415 unsupported_encoding', deflateSync(json), { headers: { 'content-encoding': 'deflate' } }],
    ['415 unsupported_encoding', json, { headers: { 'content-encoding': 'gzip, br' } }],
    [
      '415 unsupported_encoding',
      json,
      { headers: { 'content-encoding': 'gzip' }, query: '?compression=br' },
    ],
  ])('with %s: %.40j', async (expected, body, options) => {
    const { sink, post } = await startCollector();
    expect(await problemOf(await post(body, options as object))).toBe(expected);
    expect(sink.events).toEqual([]);
    expect((await post(batchOf('next'))).status).toBe(200);
  });

  it('with 503 and a Retry-After between 5 and 60 s while a sink is down', async () => {
    const { sink, post } = await startCollector();
    sink.isDown = true;
    const waits = [];
    for (let i = 0; i < 20; i++) {
      const answer = await post(events);
      waits.push(Number(answer.headers.get('retry-after')));
      expect(await problemOf(answer)).toBe('503 sink_unavailable');
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60);
    expect(new Set(waits).size).toBeGreaterThan(5);
    sink.isDown = false;
    expect((await post(events)).status).toBe(200);
  });

  it('with 405 another method, unless another route serves it', async () => {
    const { url } = await startCollector();
    const answer = await fetch(`${url}/v1/events`);
    expect(answer.headers.get('allow')).toBe('POST, OPTIONS');
    expect(await problemOf(answer)).toBe('405 method_not_allowed');
    const other = await startCollector(
      {},
      {
        routes: (request, response, at) => {
          response.end(`${request.method} ${at.pathname} ${at.searchParams.get('limit')}`);
          return true;
        },
      },
    );
    const served = await fetch(`${other.url}/v1/events?limit=3`);
    expect(await served.text()).toBe('GET /v1/events 3');
  });
});

describe('what a sink did not take', () => {
  /** Takes what `isTaken` says. */
  class PickySink extends MemorySink {
    isTaken = (eventId: string) => eventId.length > 0;

    override async write(events: Parameters<MemorySink['write']>[0]) {
      return events.map(({ eventId }) =>
        this.isTaken(eventId)
          ? ({ kind: 'stored' } as const)
          : ({ kind: 'retry', code: 'partition_unavailable' } as const),
      );
    }
  }

  it('stands in retry, and the others are taken', async () => {
    const sink = new PickySink();
    sink.isTaken = (eventId) => eventId !== 'b';
    const { post } = await startCollector({}, { sinks: [sink] });
    const answer = await sound(await post(batchOf('a', 'b', 'c')));
    expect(answer).toMatchObject({
      accepted: 2,
      retry: [{ index: 1, eventId: 'b', code: 'partition_unavailable' }],
    });
  });

  it('makes the answer a 503 if nothing at all was taken', async () => {
    const sink = new PickySink();
    sink.isTaken = () => false;
    const { post } = await startCollector({}, { sinks: [sink] });
    const answer = await post({ events: [trackEvent('a'), trackEvent('b', { eventId: 7 })] });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await problemOf(answer)).toBe('503 sink_unavailable');
  });

  it('leaves the answer a 200 if all were rejected', async () => {
    const { post } = await startCollector();
    const answer = await sound(await post({ events: [trackEvent('b', { eventId: 7 })] }));
    expect(answer).toMatchObject({ accepted: 0, rejected: [{ index: 0 }], retry: [] });
  });

  it('was stored by no sink unless all stored it', async () => {
    const [one, two] = [new MemorySink(), new PickySink()];
    two.isTaken = (eventId) => eventId === 'a';
    const { post } = await startCollector({}, { sinks: [one, two] });
    const answer = await sound(await post(batchOf('a', 'b')));
    expect(answer).toMatchObject({
      durable: ['memory', 'memory'],
      accepted: 1,
      retry: [{ index: 1 }],
    });
  });

  it('is an internal error if a sink breaks its promise, and is not lost by it', async () => {
    const sink = new MemorySink();
    const write = sink.write.bind(sink);
    sink.write = () => Promise.reject(new Error('a bug'));
    const { post } = await startCollector({}, { sinks: [sink] });
    expect(await problemOf(await post(batchOf('a')))).toBe('500 internal_error');
    sink.write = write;
    expect(await sound(await post(batchOf('a')))).toMatchObject({ accepted: 1 });
  });
});
