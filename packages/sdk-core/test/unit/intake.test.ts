import { describe, expect, it } from 'vitest';
import { finish } from '../../src/finish.js';
import { MemoryEventStore } from '../../src/memory-event-store.js';
import { makeClient } from '../support/bench-client.js';
import { FillableStore } from '../support/fillable-store.js';
import { refusedConnection } from '../support/model-collector.js';

describe('intake', () => {
  it('numbers events, stamps them once and never mints an id twice', async () => {
    const { client, clock, collector, trackMany } = makeClient();
    const ids = trackMany(2_000);
    await client.start();
    await clock.advance(5_000);
    expect(new Set(ids).size).toBe(2_000);
    expect([...ids].sort()).toEqual(ids);
    const seqs = [...collector.taken.values()].map(({ queue }) => queue?.seq);
    expect(seqs.sort((a, b) => a! - b!)).toEqual(Array.from({ length: 2_000 }, (_, n) => n + 1));
  });

  it('keeps ids rising when the wall clock goes back', () => {
    const { clock, trackMany } = makeClient();
    const before = trackMany(10);
    clock.jumpWall(-86_400_000);
    const ids = [...before, ...trackMany(10)];
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(20);
  });

  it('stores a turn’s events in one append', async () => {
    const store = new FillableStore();
    const { client, clock, seen, trackMany } = makeClient({}, { store });
    trackMany(100);
    expect(store.appends).toBe(0);
    await clock.settle();
    expect(store.appends).toBe(1);
    expect(seen.stored).toEqual([{ count: 100 }]);
    await client.stored();
  });

  it('returns the eventId of what cannot be kept, and says why', async () => {
    const { client, clock, seen, track } = makeClient({ maxQueueBytes: 2_000 });
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect(track('circular', circular)).toMatch(/^[0-9a-f-]{36}$/);
    track('bigint', { n: 1n });
    track('large', { text: 'x'.repeat(33_000) });
    track('throws', {
      toJSON: () => {
        throw new Error('no');
      },
    });
    await clock.settle();
    expect(seen.dropped.map(({ reason }) => reason)).toEqual([
      'unserializable',
      'unserializable',
      'too_large',
      'unserializable',
    ]);
    expect((await client.flush({ timeoutMs: 0 })).dropped).toBe(4);
  });

  it('makes half a surrogate pair U+FFFD, and leaves all other text as it is', async () => {
    const { client, clock, collector, track } = makeClient();
    await client.start();
    const text = ['\ud800', 'a\udfff\ud83d', '😀', '\\ud800', '\\\\ud800', '\\\ud800', 'ü\n'];
    track('texts', { text });
    await clock.advance(2_000);
    const [event] = [...collector.taken.values()];
    const utf8 = (part: string) => Buffer.from(part).toString();
    expect(event?.properties?.text).toEqual(text.map(utf8));
  });

  it('refuses low at 80 %, normal at 90 % and critical at 100 % of the bytes, and evicts nothing', async () => {
    const maxQueueBytes = 100_000;
    const { client, clock, collector, seen } = makeClient({ maxQueueBytes });
    collector.rules = [() => refusedConnection];
    await client.start();
    const taken = { low: 0, normal: 0, critical: 0 };
    for (const priority of ['low', 'normal', 'critical'] as const) {
      for (let n = 0; n < 1_000; n++) {
        const before = seen.dropped.length;
        client.accept({
          type: 'track',
          event: 'e',
          properties: { pad: 'x'.repeat(300) },
          priority,
        });
        if (seen.dropped.length > before) break;
        taken[priority]++;
      }
      await clock.advance(10);
    }
    expect(seen.dropped.map(({ reason }) => reason)).toEqual([
      'queue_full',
      'queue_full',
      'queue_full',
    ]);
    const total = taken.low + taken.normal + taken.critical;
    expect(taken.low / total).toBeCloseTo(0.8, 1);
    expect(taken.normal / total).toBeCloseTo(0.1, 1);
    expect(taken.critical / total).toBeCloseTo(0.1, 1);
    collector.rules = [];
    await clock.advance(600_000);
    const tracked = [...collector.taken.values()].filter(({ type }) => type === 'track');
    expect(tracked).toHaveLength(total);
  });

  it('reports its drops to the collector in an event of type report', async () => {
    const { client, clock, collector, track } = makeClient();
    await client.start();
    track('bigint', { n: 1n });
    track('bigint', { n: 1n });
    track('good');
    await clock.advance(12_000);
    const reports = [...collector.taken.values()].filter(({ type }) => type === 'report');
    const { queueId } = client.outcomes;
    expect(reports.map(({ properties, queue }) => ({ properties, queue }))).toEqual([
      {
        properties: { queueId, reporter: queueId, lastSeq: 3, dropped: { unserializable: 2 } },
        queue: undefined,
      },
    ]);
  });

  it('applies beforeStore, which cannot change identity, and drops what it filters', async () => {
    const { client, clock, collector, seen, track } = makeClient({
      beforeStore: (event) => {
        if (event.event === 'secret') return null;
        if (event.event === 'throws') throw new Error('rule is broken');
        return { ...event, eventId: 'mine', userId: 'redacted' };
      },
    });
    await client.start();
    const id = track('open');
    track('secret');
    track('throws');
    await clock.advance(2_000);
    expect([...collector.taken.keys()].filter((key) => key === id)).toEqual([id]);
    expect(collector.taken.has('mine')).toBe(false);
    expect(seen.dropped.map(({ reason }) => reason)).toEqual(['filtered', 'filtered']);
    expect(seen.error.map(({ code }) => code)).toEqual(['callback_failed']);
  });

  it('gives beforeStore a copy, and takes no junk from it', async () => {
    const context = { tenant: { name: 'acme' } };
    const properties = { email: 'ada@example.org' };
    const junk: unknown[] = [Promise.resolve({}), 7, {}, 'text'];
    const { client, clock, collector, seen, track } = makeClient({
      beforeStore: (event) => {
        if (event.event === 'junk') return junk.pop() as never;
        (event.properties as Record<string, unknown>).email = '***';
        (event.context as { tenant: { name: string } }).tenant.name = '***';
        return event;
      },
    });
    await client.start();
    client.accept({ type: 'track', event: 'redacted', userId: 'u', properties, context });
    for (let n = 0; n < 4; n++) track('junk');
    await clock.advance(2_000);
    const tracked = [...collector.taken.values()].filter(({ type }) => type === 'track');
    expect(tracked.map((event) => event.properties)).toEqual([{ email: '***' }]);
    expect(properties.email).toBe('ada@example.org');
    expect(context.tenant.name).toBe('acme');
    expect(seen.dropped.map(({ reason }) => reason)).toEqual(Array(4).fill('filtered'));
    expect(seen.error).toHaveLength(4);
  });

  it('stores at shutdown what waited in memory, and counts as dropped what cannot be', async () => {
    for (const isFullAtEnd of [false, true]) {
      const store = new FillableStore();
      const { client, clock, collector, seen, trackMany } = makeClient({}, { store });
      await client.start();
      collector.rules = [() => collector.problem('sink_unavailable', '3600')];
      store.isFull = true;
      trackMany(10);
      await clock.advance(100);
      store.isFull = isFullAtEnd;
      const down = client.shutdown({ timeoutMs: 10 });
      await clock.advance(1_000);
      const lost = isFullAtEnd ? 10 : 0;
      expect(await down).toEqual({ delivered: 0, rejected: 0, pending: 10 - lost, dropped: lost });
      expect(store.usage().events).toBe(10 - lost);
      expect(seen.dropped).toEqual(lost ? [{ reason: 'shut_down', count: 10 }] : []);
    }
  });

  it('hands everything in memory to the storage before finish() returns', async () => {
    const store = new FillableStore();
    const { client, clock, trackMany } = makeClient({}, { store });
    store.isFull = true;
    trackMany(10);
    await clock.settle();
    store.isFull = false;
    trackMany(5);
    finish(client, store);
    expect(store.usage().events).toBe(15);
  });

  it('reports every queue’s drops when there is room again', async () => {
    const store = new MemoryEventStore();
    const record = { eventId: 'e', seq: 1, priority: 'normal', json: '{}', sizeBytes: 2 } as const;
    await store.append(
      ['q1', 'q2', 'q3'].map((queueId) => ({
        ...record,
        eventId: queueId,
        queueId,
        serverTimeMs: 1,
      })),
    );
    // Room for one report at a time.
    const maxQueueBytes = 400;
    const { client, clock, collector, seen } = makeClient({ maxQueueBytes }, { store });
    collector.rules = [
      () => (collector.requests.length === 1 ? collector.problem('rate_limited', '1') : undefined),
    ];
    await client.start();
    await clock.advance(600_000);
    expect(seen.dropped).toEqual([{ reason: 'expired', count: 3 }]);
    const reports = [...collector.taken.values()].filter(({ type }) => type === 'report');
    const reported = new Set(reports.map(({ properties }) => properties?.queueId));
    expect([...reported].sort()).toEqual(['q1', 'q2', 'q3']);
  });

  // The simulator's seed 6736: a tab's report expired in the hands of the tab that sent for it,
  // which could not know what it told of.
  it('lets no report expire', async () => {
    const store = new MemoryEventStore();
    const dead = { queueId: 'dead', priority: 'critical', serverTimeMs: 1 } as const;
    const json = '{"type":"report","eventId":"r"}';
    await store.append([{ ...dead, eventId: 'r', seq: 0, json, sizeBytes: json.length }]);
    await store.append([{ ...dead, eventId: 'e', seq: 1, json: '{}', sizeBytes: 2 }]);
    const { client, clock, collector, seen } = makeClient({}, { store });
    collector.rules = [
      () => (collector.requests.length === 1 ? collector.problem('rate_limited', '1') : undefined),
    ];
    await client.start();
    await clock.advance(60_000);
    expect(seen.dropped).toEqual([{ reason: 'expired', count: 1 }]);
    expect([...collector.taken.keys()]).toContain('r');
  });

  it('keeps the eventId and the timestamp that a draft has of its own', async () => {
    const { client, clock, collector } = makeClient();
    await client.start();
    const own = { eventId: 'order-1', timestamp: '2026-11-01T00:00:00Z' };
    expect(client.accept({ type: 'track', event: 'e', ...own })).toBe('order-1');
    await clock.advance(2_000);
    expect(collector.taken.get('order-1')).toMatchObject(own);
  });

  it('keeps events in memory while the disk is full, sends them, and says so once', async () => {
    const store = new FillableStore();
    const { client, clock, collector, seen, trackMany } = makeClient({}, { store });
    await client.start();
    collector.rules = [() => refusedConnection];
    store.isFull = true;
    trackMany(10);
    let isStored = false;
    void client.stored().then(() => {
      isStored = true;
    });
    await clock.advance(60_000);
    expect(isStored).toBe(false);
    expect(seen.stored).toEqual([]);
    expect(seen.error.map(({ code }) => code)).toEqual(['storage_full']);
    collector.rules = [];
    await clock.advance(600_000);
    expect(collector.taken.size).toBe(10);
    expect(isStored).toBe(true);
  });

  it('moves events to the disk when there is room again', async () => {
    const store = new FillableStore();
    const { client, clock, collector, trackMany } = makeClient({}, { store });
    await client.start();
    collector.rules = [() => collector.problem('sink_unavailable', '3600')];
    store.isFull = true;
    trackMany(10);
    await clock.advance(10_000);
    expect(store.usage().events).toBe(0);
    store.isFull = false;
    await clock.advance(31_000);
    expect(store.usage().events).toBe(10);
    await client.stored();
    collector.rules = [];
    await clock.advance(4_000_000);
    expect(collector.taken.size).toBe(10);
    expect(collector.duplicates).toBe(0);
  });

  it('drops and counts what exceeds the memory bound while the disk is full', async () => {
    const store = new FillableStore();
    const { client, clock, collector, seen } = makeClient({ maxQueueBytes: 1e9 }, { store });
    await client.start();
    collector.rules = [() => collector.problem('sink_unavailable', '3600')];
    store.isFull = true;
    for (let n = 0; n < 400; n++) {
      client.accept({ type: 'track', event: 'e', properties: { pad: 'x'.repeat(30_000) } });
      await clock.settle();
    }
    const dropped = seen.dropped.filter(({ reason }) => reason === 'storage_failed').length;
    expect(dropped).toBeGreaterThan(100);
    const flushed = client.flush({ timeoutMs: 1 });
    await clock.advance(1);
    expect((await flushed).pending).toBe(400 - dropped);
  });

  it('survives listeners that throw', async () => {
    const { client, clock, collector, seen, track } = makeClient();
    client.on('delivered', () => {
      throw new Error('listener is broken');
    });
    client.on('error', () => {
      throw new Error('this one too');
    });
    await client.start();
    track('one');
    await clock.advance(2_000);
    expect(collector.taken.size).toBe(1);
    expect(seen.error.map(({ code }) => code)).toEqual(['callback_failed']);
  });
});
