import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { durabilities } from '@holdfast/sdk-core/ports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, TransportServer } from '../../../sdk-core/test/contract/transport-server.js';
import {
  type AnalyticsError,
  type AnalyticsOptions,
  createAnalytics,
  type NodeAnalytics,
} from '../../src/index.js';
import { CollectorFolder } from '../support/collector-folder.js';

interface Sent {
  readonly batchId: string;
  readonly events: readonly { readonly event?: string }[];
}

/** What a collector answers that takes everything but events of some name. */
const acceptAllBut = (name?: string): Answer => {
  return ({ body }, response) => {
    const { batchId, events } = JSON.parse(body.toString()) as Sent;
    const rejected = [...events.keys()]
      .filter((index) => name !== undefined && events[index]!.event === name)
      .map((index) => ({ index, code: 'invalid_field', detail: 'why' }));
    const accepted = events.length - rejected.length;
    const ack = { accepted, duplicates: 0, rejected, retry: [], region: 'default', epoch: 0 };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ...ack, batchId, durable: ['file'] }));
  };
};

describe('a client in Node', () => {
  let folder: string;
  let collector: CollectorFolder;
  let endpoint: string;
  /** Of a collector that refuses events of the name `Bad`. */
  let strict: TransportServer;
  let strictUrl: string;
  const clients: NodeAnalytics[] = [];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-client-'));
    collector = new CollectorFolder();
    endpoint = await collector.start();
    strict = new TransportServer();
    strict.answer = acceptAllBut('Bad');
    strictUrl = await strict.start();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.shutdown({ timeoutMs: 100 })));
    await strict.stop();
    await collector.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(changes: Partial<AnalyticsOptions> = {}): NodeAnalytics {
    const queueDir = join(folder, 'queue');
    const client = createAnalytics({ writeKey: 'key-1', endpoint, queueDir, ...changes });
    clients.push(client);
    return client;
  }

  it('delivers each type of event with all its members', async () => {
    const client = open();
    client.setContext({ app: 'shop', locale: 'de' });
    const own = { eventId: 'own-1', timestamp: '2026-11-23T10:00:00.000Z' };
    const ids = [
      client.track({ userId: 'u', event: 'Ordered', properties: { total: 42 }, ...own }),
      client.identify({ userId: 'u', anonymousId: 'a', traits: { plan: 'pro' } }),
      client.page({ anonymousId: 'a', name: 'Home', properties: { path: '/' } }),
      client.screen({ userId: 'u', name: 'Start', context: { locale: 'en' } }),
      client.group({ userId: 'u', groupId: 'g', traits: { size: 3 } }),
      client.alias({ userId: 'u', previousId: 'a', priority: 'critical' }),
    ];
    expect(await client.flush()).toEqual({
      delivered: 6,
      rejected: 0,
      pending: 0,
      dropped: 0,
      adopted: 0,
    });
    const byId = new Map(collector.events().map((event) => [event.eventId, event]));
    const context = { app: 'shop', locale: 'de' };
    const expected = [
      { type: 'track', userId: 'u', event: 'Ordered', properties: { total: 42 }, ...own, context },
      { type: 'identify', userId: 'u', anonymousId: 'a', traits: { plan: 'pro' }, context },
      { type: 'page', anonymousId: 'a', name: 'Home', properties: { path: '/' }, context },
      { type: 'screen', userId: 'u', name: 'Start', context: { app: 'shop', locale: 'en' } },
      { type: 'group', userId: 'u', groupId: 'g', traits: { size: 3 }, context },
      { type: 'alias', userId: 'u', previousId: 'a', priority: 'critical', context },
    ];
    expect(ids.map((id) => byId.get(id))).toMatchObject(expected);
    expect(ids.map((id) => byId.get(id)!.queue.seq)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('leaves an empty queue folder and no listeners behind', async () => {
    const listenersBefore = process.listenerCount('exit');
    const client = open({ flushOnSignals: true });
    client.track({ userId: 'u', event: 'E' });
    expect(await client.shutdown()).toMatchObject({ delivered: 1, pending: 0 });
    expect(process.listenerCount('exit')).toBe(listenersBefore);
    expect(process.listenerCount('SIGTERM')).toBe(0);
    const [root] = readdirSync(join(folder, 'queue'));
    const left = readdirSync(join(folder, 'queue', root!)).filter((name) => name !== 'state');
    expect(left).toEqual([]);
  });

  it('keeps what the collector refuses as a dead letter', async () => {
    const client = open({ endpoint: strictUrl });
    const rejected: string[] = [];
    client.on('rejected', ({ eventId }) => rejected.push(eventId));
    const bad = client.track({ userId: 'u', event: 'Bad', properties: { n: 1 } });
    client.track({ userId: 'u', event: 'Good' });
    expect(await client.flush()).toEqual({
      delivered: 1,
      rejected: 1,
      pending: 0,
      dropped: 0,
      adopted: 0,
    });
    expect(rejected).toEqual([bad]);
    const [letter, ...others] = client.deadLetters();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ code: 'invalid_field', detail: 'why' });
    expect(JSON.parse(letter!.eventJson)).toMatchObject({ eventId: bad, properties: { n: 1 } });
  });

  it('sends dead letters again as they were, and each once', async () => {
    const rejects = open({ endpoint: strictUrl });
    const bad = { userId: 'u', event: 'Bad', properties: { ü: '€' } };
    const ids = [rejects.track(bad), rejects.track({ ...bad, priority: 'critical' })];
    expect(await rejects.flush()).toMatchObject({ rejected: 2 });
    const texts = rejects.deadLetters().map(({ eventJson }) => eventJson);
    await rejects.shutdown();

    // Nobody has changed his mind: they are dead letters again.
    const client = open({ endpoint: strictUrl });
    const rejected: string[] = [];
    client.on('rejected', ({ eventId }) => rejected.push(eventId));
    expect(await client.resendDeadLetters()).toBe(2);
    expect(client.deadLetters()).toEqual([]);
    await vi.waitFor(() => expect(rejected.sort()).toEqual([...ids].sort()), { timeout: 10_000 });
    expect(
      client
        .deadLetters()
        .map(({ eventJson }) => eventJson)
        .sort(),
    ).toEqual(texts.sort());
    expect(await client.flush()).toEqual({
      delivered: 0,
      rejected: 0,
      pending: 0,
      dropped: 0,
      adopted: 0,
    });

    await client.shutdown();

    const tolerant = new TransportServer();
    tolerant.answer = acceptAllBut();
    const next = open({ endpoint: await tolerant.start() });
    try {
      expect(await next.resendDeadLetters()).toBe(2);
      const bodies = () => tolerant.received.map(({ body }) => body.toString()).join();
      await vi.waitFor(() => {
        for (const text of texts) expect(bodies().split(text)).toHaveLength(2);
      });
      expect(await next.resendDeadLetters()).toBe(0);
    } finally {
      await next.shutdown();
      await tolerant.stop();
    }
  });

  it('has no dead letters to send again without a disk', async () => {
    expect(await open({ durability: 'memory' }).resendDeadLetters()).toBe(0);
  });

  it('is joined by many others in its process without a warning', async () => {
    const warnings: string[] = [];
    const listener = ({ name }: Error) => void warnings.push(name);
    process.on('warning', listener);
    for (let n = 0; n < 20; n++) open({ flushOnSignals: true, durability: 'memory' });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listener);
    expect(warnings).toEqual([]);
  });

  it('keeps less in memory than a disk would hold', () => {
    const client = open({ durability: 'memory', endpoint: 'http://127.0.0.1:1' });
    const dropped: string[] = [];
    client.on('dropped', ({ reason }) => dropped.push(reason));
    const properties = { pad: 'x'.repeat(30_000) };
    let kept = 0;
    while (dropped.length === 0 && kept < 5_000) {
      client.track({ userId: 'u', event: 'Large', properties });
      kept++;
    }
    expect(dropped).toEqual(['queue_full']);
    expect(kept * 30_000).toBeLessThan(50_000_000);
  });

  it('works in memory, and says so, where its folder cannot be used', async () => {
    writeFileSync(join(folder, 'file'), '');
    const client = open({ queueDir: join(folder, 'file', 'queue') });
    const errors: AnalyticsError[] = [];
    client.on('error', (error) => errors.push(error));
    expect(client.durability).toBe('memory');
    client.track({ userId: 'u', event: 'E' });
    expect(await client.flush()).toMatchObject({ delivered: 1 });
    expect(errors.map(({ code }) => code)).toEqual(['storage_unavailable']);
    expect(client.deadLetters()).toEqual([]);
  });

  it('names the durability in force', () => {
    for (const durability of durabilities) {
      expect(open({ durability }).durability).toBe(durability);
    }
  });

  it('brings the very same bytes to the sink in JSON and in MessagePack', async () => {
    const texts: string[][] = [];
    for (const encoding of ['json', 'msgpack'] as const) {
      const client = open({ encoding });
      const tracked = Array.from({ length: 700 }, (_, n) => `${encoding}-${n}`);
      for (const eventId of tracked) {
        const properties = { ü: '€ 😀 \u2028', nested: { n: 1.5e300, list: [null, true] } };
        const timestamp = '2026-11-23T10:00:00.000Z';
        client.track({ userId: 'u', event: 'E', eventId, timestamp, properties });
      }
      expect(await client.flush()).toMatchObject({ delivered: 700, rejected: 0 });
      const { id } = collector.events().find(({ eventId }) => eventId === tracked[0])!.queue;
      const own = collector.texts().filter((text) => text.includes(id));
      texts.push(own.map((text) => text.replaceAll(id, '').replaceAll(`${encoding}-`, '')));
    }
    const [json, msgpack] = texts.map((list) => list.sort());
    expect(json).toHaveLength(700);
    expect(msgpack).toEqual(json);
  });

  it('asks to be waited for once a turn, until its events are delivered', async () => {
    const waits: Promise<unknown>[] = [];
    const client = open({ waitUntil: (promise) => void waits.push(promise) });
    for (let n = 0; n < 100; n++) client.track({ userId: 'u', event: 'E' });
    expect(waits).toHaveLength(1);
    expect(await waits[0]).toMatchObject({ delivered: 100, pending: 0 });
    client.track({ userId: 'u', event: 'E' });
    expect(waits).toHaveLength(2);
    await waits[1];
    expect(collector.eventIds()).toHaveLength(101);
  });

  it('redacts and filters before anything is stored', async () => {
    const client = open({
      beforeStore: (event) =>
        event.event === 'Secret' ? null : { ...event, properties: { card: '***' } },
    });
    client.track({ userId: 'u', event: 'Secret' });
    client.track({ userId: 'u', event: 'Paid', properties: { card: '4111' } });
    expect(await client.flush()).toMatchObject({ delivered: 1, dropped: 1 });
    const paid = collector.events().filter(({ properties }) => 'card' in (properties as object));
    expect(paid.map(({ properties }) => properties)).toEqual([{ card: '***' }]);
  });

  /** Changes a byte in the middle of the event that has this property. */
  function damage(property: string): void {
    const names = readdirSync(folder, { recursive: true }) as string[];
    const paths = names.filter((name) => name.endsWith('.seg')).map((name) => join(folder, name));
    const path = paths.find((each) => readFileSync(each).includes(property))!;
    const bytes = readFileSync(path);
    bytes[bytes.indexOf(property)]! ^= 0x10;
    writeFileSync(path, bytes);
  }

  const trackFive = (client: NodeAnalytics) =>
    [1, 2, 3, 4, 5].map((n) =>
      client.track({ userId: 'u', event: 'E', properties: { [`n-${n}`]: n } }),
    );

  it('ends a flush though an event cannot be read back, and tells the collector its number', async () => {
    const client = open();
    const drops: unknown[] = [];
    client.on('dropped', (drop) => drops.push(drop));
    // More than is kept in memory stands before them.
    const before = 80;
    const text = 'x'.repeat(30_000);
    for (let n = 0; n < before; n++) {
      client.track({ userId: 'u', event: 'E', properties: { text } });
    }
    trackFive(client);
    await client.stored();
    damage('n-3');
    expect(await client.flush({ timeoutMs: 60_000 })).toEqual({
      ...{ delivered: before + 4, rejected: 0, pending: 0, dropped: 1 },
      adopted: 0,
    });
    expect(drops).toEqual([{ reason: 'corrupt', count: 1 }]);
    const all = before + 5;
    await vi.waitFor(() => expect(collector.events()).toHaveLength(all), { timeout: 10_000 });
    const queueId = collector.events()[0]!.queue.id;
    expect(collector.events().at(-1)!.properties).toEqual({
      ...{ queueId, reporter: queueId, lastSeq: all, dropped: {} },
      droppedSeqs: { corrupt: [before + 3] },
    });
  });

  it('tells the collector which event of a dead client cannot be read back', async () => {
    const first = open({ endpoint: 'http://127.0.0.1:1' });
    trackFive(first);
    await first.shutdown({ timeoutMs: 200 });
    damage('n-3');
    open();
    await vi.waitFor(() => expect(collector.events()).toHaveLength(5), { timeout: 10_000 });
    const queueId = collector.events().find(({ queue }) => queue)!.queue.id;
    const [report] = collector.events().filter(({ queue }) => !queue);
    expect(report!.properties).toMatchObject({ queueId, droppedSeqs: { corrupt: [3] } });
  });

  it('shares a write key with other clients of the process, each with its own queue', async () => {
    const [one, two] = [open(), open()];
    const ids = [one!.track({ userId: 'u', event: 'E' }), two!.track({ userId: 'u', event: 'E' })];
    expect(await one!.flush()).toMatchObject({ delivered: 1 });
    expect(await two!.flush()).toMatchObject({ delivered: 1 });
    expect(collector.eventIds().sort()).toEqual(ids.sort());
    expect(new Set(collector.events().map(({ queue }) => queue.id)).size).toBe(2);
  });

  it('goes to the next endpoint when the first one is down', async () => {
    const client = open({ endpoint: ['http://127.0.0.1:1', endpoint] });
    client.track({ userId: 'u', event: 'E' });
    await vi.waitFor(
      async () => expect(await client.flush({ timeoutMs: 500 })).toMatchObject({ delivered: 1 }),
      { timeout: 20_000 },
    );
  });

  it('takes over what an earlier client of the same process left', async () => {
    const first = open({ endpoint: 'http://127.0.0.1:1' });
    const id = first.track({ userId: 'u', event: 'E' });
    expect(await first.shutdown({ timeoutMs: 200 })).toMatchObject({ pending: 1 });
    open();
    await vi.waitFor(() => expect(collector.eventIds()).toEqual([id]), { timeout: 10_000 });
  });
});
