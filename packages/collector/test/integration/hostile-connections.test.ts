import { serverLimits } from '@holdfast/server-core/limits';
import { describe, expect, it } from 'vitest';
import { collectorLimits } from '../../src/limits.js';
import { postHead, rawConnection } from '../support/raw-connection.js';
import { startCollector } from '../support/start-collector.js';
import { batchOf } from '../support/track-event.js';

const body = JSON.stringify(batchOf('a'));
const corsHeader = 'access-control-allow-origin: *';

/** How long something takes, in ms. */
async function timed<Result>(run: () => Promise<Result>): Promise<[Result, number]> {
  const startMs = performance.now();
  return [await run(), performance.now() - startMs];
}

describe('a connection that sends slowly', () => {
  it('in its body is cut with 408 after the request timeout, and stores nothing', async () => {
    const { port, sink, post } = await startCollector();
    const { socket, closed } = await rawConnection(port, postHead(body.length));
    const drip = setInterval(() => socket.write(' '), 500);
    const [answer, tookMs] = await timed(closed).finally(() => clearInterval(drip));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"request_timeout"');
    expect(answer).toContain(corsHeader);
    expect(tookMs).toBeLessThan(serverLimits.requestTimeoutMs + 3_000);
    expect(sink.events).toEqual([]);
    expect((await post(batchOf('next'))).status).toBe(200);
  });

  it('in its headers is cut with 408 after the headers timeout', async () => {
    const { port } = await startCollector();
    const { socket, closed } = await rawConnection(port, 'POST /v1/events HTTP/1.1\r\n');
    const drip = setInterval(() => socket.write('X: y\r\n'), 500);
    const [answer, tookMs] = await timed(closed).finally(() => clearInterval(drip));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(tookMs).toBeLessThan(serverLimits.headersTimeoutMs + 3_000);
  });
});

describe('a request that is not as it should be', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['the hello of TLS, which is for a proxy in front', '\x16\x03\x01\x02\x00\x01\x00\x01'],
    ['a header that is none', 'POST /v1/events HTTP/1.1\r\nbad header\r\n\r\n'],
    ['headers over the limit', `GET /healthz HTTP/1.1\r\nX: ${'x'.repeat(9_000)}\r\n\r\n`],
    ['an absolute-form target', 'GET http://other/ HTTP/1.1\r\nHost: collector\r\n\r\n'],
    ['both lengths', postHead(5, ['Transfer-Encoding: chunked']) + body],
    ['a negative length', postHead(-5)],
    ['a broken chunk', `${chunkedHead()}zz\r\n`],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n'],
    ['an expectation that nobody can meet', postHead(0, ['Expect: tea'])],
  ])('gets 400 and is cut: %s', async (_, text) => {
    const { port, sink, post } = await startCollector();
    const { closed } = await rawConnection(port, text);
    const answer = await closed();
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"invalid_request"');
    expect(answer).toContain(corsHeader);
    expect(sink.events).toEqual([]);
    expect((await post(batchOf('next'))).status).toBe(200);
  });

  it('is judged by all of its headers, as many as fit into their bytes', async () => {
    const { port, sink } = await startCollector();
    const head = postHead(body.length).replace('\r\n', `\r\n${'a:\r\n'.repeat(1_900)}`);
    const { received } = await rawConnection(port, head + body);
    await expect.poll(received).toMatch(/^HTTP\/1\.1 200 /);
    expect(sink.events.map(({ eventId }) => eventId)).toEqual(['a']);
  });

  it('never answers a request that stands before it on the same connection', async () => {
    const { port, sink } = await startCollector();
    const finish: (() => void)[] = [];
    const write = sink.write.bind(sink);
    sink.write = async (events) => {
      await new Promise<void>((resolve) => finish.push(resolve));
      return write(events);
    };
    const { socket, closed } = await rawConnection(port, postHead(body.length) + body);
    await expect.poll(() => finish.length).toBe(1);
    socket.write('no HTTP\r\n\r\n');
    expect(await closed()).toBe('');
    finish[0]!();
    await expect.poll(() => sink.events.length).toBe(1);
  });

  it('never gets an answer of its own while one before it has none', async () => {
    const { port, sink } = await startCollector();
    const finish: (() => void)[] = [];
    const write = sink.write.bind(sink);
    sink.write = async (events) => {
      await new Promise<void>((resolve) => finish.push(resolve));
      return write(events);
    };
    const whole = postHead(body.length) + body;
    const { closed } = await rawConnection(port, whole + postHead(body.length));
    await expect.poll(() => finish.length).toBe(1);
    // The second request never gets its body: it is cut, and the first must not take the blame.
    expect(await closed()).not.toContain('408');
    finish[0]!();
    await expect.poll(() => sink.events.length).toBe(1);
  });

  it('is gone before its answer: the next one is served', async () => {
    const { port, sink, post } = await startCollector();
    const { socket } = await rawConnection(port, postHead(body.length) + body.slice(0, 20));
    socket.destroy();
    const whole = await rawConnection(port, postHead(body.length) + body);
    whole.socket.destroy();
    expect((await post(batchOf('next'))).status).toBe(200);
    await expect.poll(() => sink.events.length).toBeGreaterThan(0);
  });
});

describe('a body that is too large', () => {
  it('is refused by its announced length before a byte of it is read', async () => {
    const { port } = await startCollector();
    const { received } = await rawConnection(port, postHead(10_000_000_000));
    await expect.poll(received).toContain('413');
    expect(received()).toContain('"code":"body_too_large"');
  });

  it('without an announced length is refused at the limit, with an answer that arrives', async () => {
    const { port } = await startCollector();
    const { socket, closed } = await rawConnection(port, chunkedHead());
    const chunk = Buffer.alloc(65_536, 'x').toString();
    const pump = () => {
      while (socket.writable && socket.write(`10000\r\n${chunk}\r\n`));
    };
    socket.on('drain', pump);
    pump();
    const answer = await closed();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"body_too_large"');
    expect(answer.toLowerCase()).toContain('connection: close');
  });
});

describe('a body in tiny chunks', () => {
  const blanks = (count: number) => '1\r\n \r\n'.repeat(count);
  const last = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

  it('is taken while they are fewer than anybody sends by accident', async () => {
    const { port, sink } = await startCollector();
    const { received } = await rawConnection(port, chunkedHead() + blanks(5_000) + last);
    await expect.poll(received).toMatch(/^HTTP\/1\.1 200 /);
    expect(sink.events.map(({ eventId }) => eventId)).toEqual(['a']);
  });

  it('is refused and cut before the rest of them is read', async () => {
    const { port, sink } = await startCollector();
    const chunks = blanks(collectorLimits.maxBodyPieces + 1);
    const { socket, closed } = await rawConnection(port, chunkedHead() + chunks);
    const answer = await closed();
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"invalid_request"');
    expect(socket.bytesWritten).toBeGreaterThan(0);
    expect(sink.events).toEqual([]);
  });
});

function chunkedHead(): string {
  return postHead(0).replace('Content-Length: 0', 'Transfer-Encoding: chunked');
}
