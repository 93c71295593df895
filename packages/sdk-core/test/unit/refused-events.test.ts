import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/memory-event-store.js';
import { makeClient } from '../support/bench-client.js';
import { FillableStore } from '../support/fillable-store.js';

describe('delivery of events that are refused', () => {
  it('finds the one guilty event of a refused batch, and loses no other', async () => {
    const { client, clock, collector, seen, trackMany } = makeClient();
    await client.start();
    collector.rules = [
      (events) =>
        events.some(({ event }) => event === 'event 37')
          ? collector.problem('invalid_utf8')
          : undefined,
    ];
    const ids = trackMany(100);
    await clock.advance(10_000);
    expect(seen.rejected).toEqual([{ eventId: ids[37], code: 'invalid_utf8' }]);
    const tracked = [...collector.taken.values()].filter(({ type }) => type === 'track');
    expect(tracked).toHaveLength(99);
    expect((await client.flush()).rejected).toBe(1);
  });

  it('tells the collector of what it refused with its whole batch, by number', async () => {
    const { client, clock, collector, trackMany } = makeClient();
    await client.start();
    collector.rules = [
      (events) =>
        events.some(({ event }) => event === 'event 37')
          ? collector.problem('invalid_utf8')
          : undefined,
    ];
    trackMany(100);
    await clock.advance(3_000);
    const { queueId } = client.outcomes;
    const reports = [...collector.taken.values()].filter(({ type }) => type === 'report');
    expect(reports.map(({ properties }) => properties)).toEqual([
      {
        queueId,
        reporter: queueId,
        lastSeq: 100,
        dropped: {},
        rejectedSeqs: { invalid_utf8: [38] },
      },
    ]);
  });

  it('has the report of a refusal in its queue before the event leaves it', async () => {
    const store = new MemoryEventStore();
    const { client, clock, collector, track } = makeClient({}, { store });
    await client.start();
    collector.rules = [() => collector.problem('invalid_utf8')];
    const held: number[] = [];
    const settle = store.settle.bind(store);
    store.settle = (settled) => {
      held.push(store.usage().events);
      return settle(settled);
    };
    track('bad');
    await clock.advance(1_100);
    expect(held[0]).toBe(2);
  });

  it('tells of refusals later where its queue has no room for a report', async () => {
    const { client, clock, collector, track, seen } = makeClient({ maxQueueBytes: 600 });
    await client.start();
    let isRefusing = true;
    collector.rules = [
      ([event]) =>
        isRefusing && event?.type === 'track' ? collector.problem('invalid_utf8') : undefined,
    ];
    track('bad', { pad: 'x'.repeat(200) });
    await clock.advance(1_100);
    expect(seen.rejected).toHaveLength(1);
    isRefusing = false;
    await clock.advance(60_000);
    const reports = [...collector.taken.values()].filter(({ type }) => type === 'report');
    expect(reports.map(({ properties }) => properties?.rejectedSeqs)).toContainEqual({
      invalid_utf8: [1],
    });
  });

  it('tells of refusals before shutdown() ends where the storage takes no report', async () => {
    const store = new FillableStore();
    const { client, clock, collector, track } = makeClient({}, { store });
    await client.start();
    collector.rules = [
      ([event]) => (event?.type === 'track' ? collector.problem('invalid_utf8') : undefined),
    ];
    store.isFull = true;
    track('bad');
    const down = client.shutdown({ timeoutMs: 5_000 });
    await clock.advance(5_000);
    expect(await down).toEqual({ delivered: 0, rejected: 1, pending: 0, dropped: 0 });
    const reports = [...collector.taken.values()].filter(({ type }) => type === 'report');
    expect(reports.map(({ properties }) => properties?.rejectedSeqs)).toEqual([
      { invalid_utf8: [1] },
    ]);
  });

  it('suspects the collector when it refuses every single event', async () => {
    const { client, clock, collector, seen, trackMany } = makeClient();
    await client.start();
    collector.rules = [() => collector.problem('invalid_json')];
    const ids = trackMany(64);
    await clock.advance(2_000);
    const suspicions = seen.retrying.length;
    expect(suspicions).toBeGreaterThan(1);
    // Two singles before each suspicion, and one more that was under way beside the third.
    expect(seen.rejected.length).toBeLessThanOrEqual(3 * suspicions);
    collector.rules = [];
    await clock.advance(60_000);
    const rejected = new Set(seen.rejected.map(({ eventId }) => eventId));
    expect(ids.filter((id) => !rejected.has(id) && !collector.taken.has(id))).toEqual([]);
  });
});
