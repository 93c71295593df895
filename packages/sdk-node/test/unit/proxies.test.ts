import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Abort } from '../../../sdk-core/src/attempt.js';
import { TransportServer } from '../../../sdk-core/test/contract/transport-server.js';
import { systemClock } from '../../src/system-clock.js';
import { HttpTransport } from '../../src/transport/http-transport.js';

/** A name that the proxy alone knows. */
const outside = 'http://collector.example:8080';
const variables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

let collector: TransportServer;
let collectorUrl: string;
let proxy: Server;
/** What the proxy was asked: `METHOD target`. */
let asked: string[];
let transport: HttpTransport;

beforeEach(async () => {
  for (const name of variables) vi.stubEnv(name, undefined);
  collector = new TransportServer();
  collectorUrl = await collector.start();
  asked = [];
  proxy = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const { pathname, search } = new URL(incoming.url!);
    const onward = request(`${collectorUrl}${pathname}${search}`, {
      ...{ method: incoming.method, headers: incoming.headers },
    });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  proxy.on('connect', (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    const onward = connect(Number(new URL(collectorUrl).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [onward, socket]) end.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await transport.close();
  await collector.stop();
  proxy.closeAllConnections();
  proxy.close();
});

const proxyUrl = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

function send(endpoint: string, option?: string | false, signal = new Abort()) {
  transport = new HttpTransport(systemClock, 'json', option);
  return transport.send({
    ...{ endpoint, writeKey: 'key-1', batchId: 'b-1', sentAt: '2026-12-01T00:00:00.000Z' },
    ...{ epoch: 0, priority: 'critical', events: ['{"eventId":"e-1"}'], timeoutMs: 10_000 },
    ...{ isKeepalive: false, signal },
  });
}

describe('a proxy that the environment names', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('is asked for the collector (%s)', async (name) => {
    vi.stubEnv(name, proxyUrl());
    expect(await send(outside)).toMatchObject({ kind: 'answer', status: 200 });
    expect(asked).toEqual([`POST ${outside}/v1/events?priority=critical`]);
    const [received] = collector.received;
    expect(received).toMatchObject({ writeKey: 'key-1', priority: 'critical' });
    expect(received!.body.toString()).toContain('{"eventId":"e-1"}');
  });

  it('may be named without its scheme', async () => {
    vi.stubEnv('HTTP_PROXY', proxyUrl().replace('http://', ''));
    expect(await send(outside)).toMatchObject({ kind: 'answer', status: 200 });
  });

  it('holds up nobody if it takes the connection and is silent', async () => {
    const silent = createTcpServer((socket) => void socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const signal = new Abort();
    const sent = send('https://collector.example', undefined, signal);
    await once(silent, 'connection');
    signal.abort();
    expect(await sent).toEqual({ kind: 'network', detail: 'aborted' });
    const startedAtMs = performance.now();
    await transport.close();
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    silent.close();
  });

  it('makes a tunnel for HTTPS', async () => {
    vi.stubEnv('HTTPS_PROXY', proxyUrl());
    // Our collector ends no TLS: that the tunnel was asked for is all there is to see.
    expect(await send('https://collector.example')).toMatchObject({ kind: 'network' });
    expect(asked).toEqual(['CONNECT collector.example:443']);
  });

  it('is not asked for what NO_PROXY names', async () => {
    vi.stubEnv('HTTP_PROXY', proxyUrl());
    vi.stubEnv('NO_PROXY', '.example');
    expect(await send(outside)).toMatchObject({ kind: 'network' });
    expect(asked).toEqual([]);
  });

  it('is not asked for a collector on this machine', async () => {
    vi.stubEnv('HTTP_PROXY', proxyUrl());
    expect(await send(collectorUrl)).toMatchObject({ kind: 'answer', status: 200 });
    expect(asked).toEqual([]);
  });

  it('is not asked if the option says false', async () => {
    vi.stubEnv('HTTP_PROXY', proxyUrl());
    expect(await send(outside, false)).toMatchObject({ kind: 'network' });
    expect(asked).toEqual([]);
  });

  it.each(['no url', 'ftp://proxy'])('fails the request if it is none: %s', async (text) => {
    vi.stubEnv('HTTP_PROXY', text);
    expect(await send(outside)).toMatchObject({ kind: 'network' });
  });
});

describe('a proxy that the option names', () => {
  it('is asked for every collector', async () => {
    expect(await send(collectorUrl, proxyUrl())).toMatchObject({ kind: 'answer', status: 200 });
    expect(asked).toEqual([`POST ${collectorUrl}/v1/events?priority=critical`]);
  });

  it('is away: the request fails, and nothing is sent around it', async () => {
    expect(await send(collectorUrl, 'http://127.0.0.1:1')).toMatchObject({ kind: 'network' });
    expect(collector.received).toEqual([]);
  });
});
