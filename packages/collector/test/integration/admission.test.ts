import { encodeMsgpackBatch, msgpackMediaType } from '@holdfast/protocol/msgpack';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../server-core/test/support/fake-clock.js';
import { loadLimits } from '../../src/limits.js';
import { MemorySink } from '../../src/sinks/memory-sink.js';
import type { SourceKeeper } from '../../src/sources/source-keeper.js';
import { postHead, rawConnection } from '../support/raw-connection.js';
import { shop, startCollector } from '../support/start-collector.js';
import { batchOf, trackEvent } from '../support/track-event.js';

const codeOf = async (answer: Response) => {
  const body = (await answer.json()) as { code?: string };
  return answer.status === 200 ? '200' : `${answer.status} ${body.code}`;
};
const from = (origin: string) => ({ headers: { origin } });

describe('admission by origin', () => {
  it('refuses pages that the source does not name, and no request without an origin', async () => {
    const record = { ...shop, origins: ['https://shop.example'] };
    const { post } = await startCollector({ sources: [record] });
    expect(await codeOf(await post(batchOf('a'), from('https://shop.example')))).toBe('200');
    expect(await codeOf(await post(batchOf('b')))).toBe('200');
    for (const origin of ['https://other.example', 'http://shop.example', 'null']) {
      const refused = await post(batchOf('c'), from(origin));
      expect(refused.headers.get('access-control-allow-origin')).toBe('*');
      expect(await codeOf(refused)).toBe('403 origin_not_allowed');
    }
  });

  it('takes every page if the source names none', async () => {
    const { post } = await startCollector();
    expect(await codeOf(await post(batchOf('a'), from('https://any.example')))).toBe('200');
  });
});

describe('admission by priority', () => {
  it('takes critical batches only of a source that may send them', async () => {
    const vip = { ...shop, source: 'vip', writeKeys: ['vip-key'], allowsCritical: true };
    const { post, sink } = await startCollector({ sources: [shop, vip] });
    const critical = (key: string) =>
      post(batchOf('a'), {
        query: '?priority=critical',
        headers: { authorization: `Bearer ${key}` },
      });
    expect(await codeOf(await critical('shop-key'))).toBe('403 priority_not_allowed');
    expect(await codeOf(await critical('vip-key'))).toBe('200');
    expect(sink.events.map(({ source, priority }) => `${source} ${priority}`)).toEqual([
      'vip critical',
    ]);
  });
});

describe('admission by rate', () => {
  it('sends a source away that is too fast, tells how long, and no other source', async () => {
    const clock = new FakeClock();
    const slow = { ...shop, maxEventsPerSecond: 10 };
    const other = { ...shop, source: 'blog', writeKeys: ['blog-key'] };
    const { post } = await startCollector({ sources: [slow, other] }, { clock });
    const batch = (prefix: string) => ({
      events: Array.from({ length: 500 }, (_, i) => trackEvent(`${prefix}-${i}`)),
    });
    expect(await codeOf(await post(batch('a')))).toBe('200');
    const refused = await post(batch('b'));
    const waitS = Number(refused.headers.get('retry-after'));
    expect(await codeOf(refused)).toBe('429 rate_limited');
    expect(waitS).toBe(1);
    const blog = { headers: { authorization: 'Bearer blog-key' } };
    expect(await codeOf(await post(batch('c'), blog))).toBe('200');
    clock.advance(waitS * 1_000);
    expect(await codeOf(await post(batch('b')))).toBe('200');
    const longer = await post(batch('d'));
    expect(Number(longer.headers.get('retry-after'))).toBeGreaterThanOrEqual(49);
    expect(await codeOf(longer)).toBe('429 rate_limited');
  });
});

describe('admission by load', () => {
  it('sheds low first, then normal, by how long the sinks take, and takes all again', async () => {
    const clock = new FakeClock();
    const sink = new MemorySink();
    const write = sink.write.bind(sink);
    const held: (() => void)[] = [];
    sink.write = async (events) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return write(events);
    };
    const record = { ...shop, allowsCritical: true };
    const { post } = await startCollector({ sources: [record] }, { sinks: [sink], clock });
    // `low` earns no credit from another low.
    const hanging = post(batchOf('hanging'), { query: '?priority=low' });
    await expect.poll(() => held.length).toBe(1);
    const shed = async (priority: string) => {
      const answer = await post(batchOf('x'), { query: `?priority=${priority}` });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
      expect(await codeOf(answer)).toBe('503 shed');
    };
    clock.advance(loadLimits.maxSinkLatencyMs * loadLimits.shedLowAt);
    await shed('low');
    clock.advance(loadLimits.maxSinkLatencyMs * 0.2);
    await shed('low');
    await shed('normal');
    clock.advance(loadLimits.maxSinkLatencyMs * 0.1);
    await shed('critical');
    sink.write = write;
    held[0]!();
    expect(await codeOf(await hanging)).toBe('200');
    expect(await codeOf(await post(batchOf('y')))).toBe('200');
    expect(await codeOf(await post(batchOf('z'), { query: '?priority=low' }))).toBe('200');
  });

  it('is asked before the body is read', async () => {
    const clock = new FakeClock();
    const { port } = await startCollector({}, { clock });
    for (let i = 0; i < 20; i++) {
      clock.block(2_000);
      clock.advance(0);
    }
    const { received } = await rawConnection(port, postHead(100));
    await expect.poll(received).toContain('"code":"shed"');
  });
});

describe('admission by what is held', () => {
  const inFlight = async (adminPort: number) => {
    const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
    return {
      requests: value('holdfast_requests_in_flight'),
      bytes: value('holdfast_in_flight_bytes'),
    };
  };

  it('sheds nobody for bodies that are announced and never sent', async () => {
    const { port, adminPort, post } = await startCollector();
    const head = postHead(500_000, ['Content-Encoding: gzip']);
    for (let i = 0; i < 40; i++) await rawConnection(port, head);
    await expect.poll(() => inFlight(adminPort)).toEqual({ requests: 40, bytes: 0 });
    expect(await codeOf(await post(batchOf('a')))).toBe('200');
  });

  it('sheds a body for which there is no room by the time that it comes', async () => {
    const { port, adminPort, post } = await startCollector();
    const connections: Awaited<ReturnType<typeof rawConnection>>[] = [];
    for (let i = 0; i < 140; i++) connections.push(await rawConnection(port, postHead(500_000)));
    await expect.poll(() => inFlight(adminPort)).toMatchObject({ requests: 140 });
    for (const { socket } of connections) socket.write(' '.repeat(499_999));
    const shed = () => connections.filter(({ received }) => received().includes('"code":"shed"'));
    await expect.poll(() => shed().length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect((await inFlight(adminPort)).bytes).toBeLessThanOrEqual(loadLimits.maxBytesInFlight);
    expect(shed()[0]!.received()).toMatch(/retry-after: \d+/);
    expect(shed().length).toBeLessThan(30);
    // What is left of its body is no part of the next request on the same connection.
    const next = JSON.stringify(batchOf('next'));
    shed()[0]!.socket.write(` ${postHead(next.length)}${next}`);
    await expect.poll(() => shed()[0]!.received()).toMatch(/"accepted":1|shed.*shed/s);
    for (const { socket } of connections) socket.destroy();
    await expect.poll(() => inFlight(adminPort)).toEqual({ requests: 0, bytes: 0 });
    expect(await codeOf(await post(batchOf('a')))).toBe('200');
  });
});

describe('admission by key', () => {
  it('asks for unknown keys to come back while their keeper is away', async () => {
    const keeper: SourceKeeper = { load: () => Promise.reject(new Error('away')) };
    const { post } = await startCollector({}, { sourceKeeper: keeper });
    const answer = await post(batchOf('a'));
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await codeOf(answer)).toBe('503 metadata_unavailable');
  });

  it('takes over a changed list at once', async () => {
    const { collector, post } = await startCollector();
    expect(await codeOf(await post(batchOf('a')))).toBe('200');
    await collector.replaceSources([{ ...shop, writeKeys: ['another-key'] }]);
    expect(await codeOf(await post(batchOf('b')))).toBe('401 unknown_write_key');
  });
});

describe('what is recorded of a client', () => {
  const forwarded = { headers: { 'x-forwarded-for': '198.51.100.77' } };

  it('is the address before a trusted proxy, as much of it as was chosen', async () => {
    const config = { clientIp: 'truncated', trustedProxies: ['127.0.0.0/8'] } as const;
    const { post, sink } = await startCollector(config);
    await post(batchOf('a'), forwarded);
    expect(sink.events[0]?.headers.hf_ip).toBe('198.51.100.0');
  });

  it('is never what a stranger claims, and nothing by default', async () => {
    const full = await startCollector({ clientIp: 'full' });
    await full.post(batchOf('a'), forwarded);
    expect(full.sink.events[0]?.headers.hf_ip).toBe('127.0.0.1');
    const none = await startCollector();
    await none.post(batchOf('a'), forwarded);
    expect(none.sink.events[0]?.headers).not.toHaveProperty('hf_ip');
  });
});

describe('a body in MessagePack', () => {
  it('puts the same into the sink as in JSON', async () => {
    const clock = new FakeClock();
    const { post, sink } = await startCollector({}, { clock });
    const events = [trackEvent('a'), trackEvent('b', { userId: 'é' }), trackEvent('c', { n: 7 })];
    const stored = () =>
      sink.events
        .splice(0)
        .map(({ bytes, ...rest }) => ({ ...rest, text: Buffer.from(bytes).toString() }));
    const json = await post({ batchId: 'b-1', epoch: 1, events });
    expect(await json.json()).toMatchObject({ batchId: 'b-1', accepted: 3 });
    const fromJson = stored();
    // Another collector, which has not seen the events yet.
    const again = await startCollector({}, { clock, sinks: [sink] });
    const bytes = events.map((event) => Buffer.from(JSON.stringify(event)));
    const body = encodeMsgpackBatch({ batchId: 'b-1', epoch: 1, events: bytes });
    const headers = { 'content-type': msgpackMediaType };
    const msgpack = await again.post(body, { headers });
    expect(await msgpack.json()).toMatchObject({ batchId: 'b-1', accepted: 3 });
    expect(fromJson).toHaveLength(3);
    expect(stored()).toEqual(fromJson);
  });
});

describe('metrics', () => {
  it('count requests, events and time on the admin port alone', async () => {
    const { post, url, adminPort } = await startCollector();
    await post({ events: [trackEvent('a'), trackEvent('a'), trackEvent('b', { eventId: 7 })] });
    await post('{');
    await post(batchOf('c'), { headers: { authorization: 'Bearer no' } });
    const scrape = async () => (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    await expect.poll(scrape).toContain('holdfast_requests_total{status="401"');
    const text = await scrape();
    for (const line of [
      'holdfast_requests_total{status="200",code="ok"} 1',
      'holdfast_requests_total{status="400",code="invalid_json"} 1',
      'holdfast_requests_total{status="401",code="unknown_write_key"} 1',
      'holdfast_events_total{source="shop",verdict="accepted"} 1',
      'holdfast_events_total{source="shop",verdict="duplicate"} 1',
      'holdfast_events_total{source="shop",verdict="rejected"} 1',
      'holdfast_events_rejected_total{code="invalid_event_id"} 1',
      'holdfast_sink_available{sink="memory"} 1',
      'holdfast_in_flight_bytes 0',
      'holdfast_request_duration_seconds_count 3',
      'holdfast_ready 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });
});
