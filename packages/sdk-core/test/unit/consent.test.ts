import { describe, expect, it } from 'vitest';
import { makeClient } from '../support/bench-client.js';
import { FillableStore } from '../support/fillable-store.js';

describe('consent', () => {
  it('denies consent: purges, aborts and takes nothing more', async () => {
    const { client, clock, collector, seen, trackMany } = makeClient();
    await client.start();
    collector.rules = [
      (_, { signal }) =>
        new Promise((resolve) =>
          signal.onAbort(() => resolve({ kind: 'network', detail: 'aborted' })),
        ),
    ];
    trackMany(150);
    await clock.advance(10);
    await client.deny();
    trackMany(1);
    collector.rules = [];
    client.delivery.start();
    await clock.advance(60_000);
    expect(collector.taken.size).toBe(0);
    expect(seen.dropped.map(({ count }) => count)).toEqual([150, 1]);
    expect(await client.flush({ timeoutMs: 0 })).toMatchObject({ pending: 0, dropped: 151 });
  });

  it('delivers and reports what is tracked after a denial was taken back at once', async () => {
    const { client, clock, collector, seen, track } = makeClient();
    await client.start();
    track('before');
    const denied = client.deny();
    track('denied');
    client.allow();
    client.delivery.start();
    track('after');
    await clock.settle();
    await denied;
    await clock.advance(10_000);
    const tracked = [...collector.taken.values()].filter(({ type }) => type === 'track');
    expect(tracked.map(({ event }) => event)).toEqual(['after']);
    expect(await client.flush({ timeoutMs: 0 })).toEqual({
      ...{ delivered: 1, rejected: 0, pending: 0, dropped: 2 },
    });
    expect(seen.dropped.map(({ reason, count }) => [reason, count])).toEqual([
      ['consent_denied', 1],
      ['consent_denied', 1],
    ]);
  });

  it('forgets what it held while consent was pending when that is denied', async () => {
    const { client, clock, collector, seen, track, trackMany } = makeClient();
    client.holdInMemory(true);
    trackMany(5);
    await clock.settle();
    await client.deny();
    client.allow();
    client.holdInMemory(false);
    await client.start();
    track('after');
    await clock.advance(10_000);
    const tracked = [...collector.taken.values()].filter(({ type }) => type === 'track');
    expect(tracked.map(({ event }) => event)).toEqual(['after']);
    expect(seen.dropped).toEqual([{ reason: 'consent_denied', count: 5 }]);
  });

  it('takes nothing after shutdown(), though consent is given', async () => {
    const { client, clock, collector, seen, track } = makeClient();
    await client.start();
    const down = client.shutdown();
    client.allow();
    track('late');
    await clock.advance(20_000);
    await down;
    expect(seen.dropped.map(({ reason }) => reason)).toEqual(['shut_down']);
    expect(collector.taken.size).toBe(0);
  });

  it('holds events in memory while consent is pending and stores them when it is granted', async () => {
    const store = new FillableStore();
    const { client, clock, trackMany } = makeClient({}, { store });
    client.holdInMemory(true);
    trackMany(5);
    await clock.advance(10_000);
    expect(store.appends).toBe(0);
    expect(client.durability).toBe('memory');
    client.holdInMemory(false);
    await clock.advance(10);
    expect(store.usage().events).toBe(5);
    expect(client.durability).toBe('process');
  });
});
