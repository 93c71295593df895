import { describe, expect, it } from 'vitest';
import { createCollector } from '../../src/collector.js';
import { MemorySink } from '../../src/sinks/memory-sink.js';
import { postHead, rawConnection } from '../support/raw-connection.js';
import { shop, startCollector } from '../support/start-collector.js';
import { batchOf } from '../support/track-event.js';

/** A sink whose writes wait until they are let go. */
class HeldSink extends MemorySink {
  waiting = 0;
  closedWithinMs: number | undefined;
  #letGo: () => void = () => undefined;
  readonly #gate = new Promise<void>((resolve) => {
    this.#letGo = resolve;
  });

  letGo(): void {
    this.#letGo();
  }

  override async write(events: Parameters<MemorySink['write']>[0]) {
    this.waiting++;
    await this.#gate;
    return super.write(events);
  }

  override async close(timeoutMs = 0): Promise<void> {
    this.closedWithinMs = timeoutMs;
  }
}

async function startWithHeldRequest(drainMs: number) {
  const sink = new HeldSink();
  const started = await startCollector({ drainMs }, { sinks: [sink] });
  const answer = started.post(batchOf('a')).then(
    ({ status }) => status,
    () => 'cut' as const,
  );
  await expect.poll(() => sink.waiting).toBe(1);
  return { ...started, sink, answer };
}

describe('a collector that is stopped', () => {
  it('answers what is under way, refuses the rest, and is not ready meanwhile', async () => {
    const { collector, url, adminPort, post, sink, answer } = await startWithHeldRequest(60_000);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const stopping = collector.stop();
    const refused = await post(batchOf('b'));
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'draining' });
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(refused.headers.get('connection')).toBe('close');
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`http://127.0.0.1:${adminPort}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    sink.letGo();
    expect(await answer).toBe(200);
    await stopping;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(sink.events.map(({ eventId }) => eventId)).toEqual(['a']);
  });

  it('waits no longer than it was told to', async () => {
    const { collector, answer, sink } = await startWithHeldRequest(300);
    const startMs = performance.now();
    await collector.stop();
    expect(performance.now() - startMs).toBeLessThan(3_000);
    expect(await answer).toBe('cut');
    // A timer may ring a moment before its time.
    expect(sink.closedWithinMs).toBeLessThan(5);
  });

  it('does not wait for connections that are idle or in mid-request', async () => {
    const { collector, port, url } = await startCollector({ drainMs: 60_000 });
    await fetch(`${url}/healthz`);
    const { closed } = await rawConnection(port, 'POST /v1/events HTTP/1.1\r\n');
    await collector.stop();
    await closed();
  });

  it('may be stopped twice', async () => {
    const { collector } = await startCollector();
    await Promise.all([collector.stop(), collector.stop()]);
    await collector.stop();
  });

  it('sends each answer whole before it cuts the connection', async () => {
    const { collector, port, sink } = await startWithHeldRequest(60_000);
    const body = JSON.stringify(batchOf('c'));
    const { closed } = await rawConnection(port, postHead(body.length) + body);
    await expect.poll(() => sink.waiting).toBe(2);
    const stopping = collector.stop();
    sink.letGo();
    await stopping;
    expect(await closed()).toContain('"accepted":1');
  });
});

describe('a collector that cannot start', () => {
  it('says why and frees its ports when a sink cannot open', async () => {
    const sink = new MemorySink();
    sink.open = () => Promise.reject(new Error('no such folder'));
    const { port, collector } = await startCollector();
    await collector.stop();
    const broken = createCollector({ sources: [shop], port, adminPort: 0 }, { sinks: [sink] });
    await expect(broken.start()).rejects.toThrow('no such folder');
    const sound = createCollector(
      { sources: [shop], port, adminPort: 0 },
      { sinks: [new MemorySink()] },
    );
    expect((await sound.start()).port).toBe(port);
    await sound.stop();
  });

  it('says so when its port is taken', async () => {
    const { port } = await startCollector();
    const second = createCollector(
      { sources: [shop], port, adminPort: 0 },
      { sinks: [new MemorySink()] },
    );
    await expect(second.start()).rejects.toThrow('EADDRINUSE');
  });
});
