import { describe, expect, it } from 'vitest';
import * as clientLimits from '../../src/limits.js';
import { MemoryEventStore } from '../../src/memory-event-store.js';
import type { LeasedRecord, LeaseRequest } from '../../src/ports.js';
import { makeClient } from '../support/bench-client.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('delivery under orders to wait', () => {
  it.each([
    ['429', 'rate_limited', '120'],
    ['503', 'sink_unavailable', '120'],
    ['503 with a date', 'sink_unavailable', 'Sun, 01 Nov 2026 00:02:01 GMT'],
  ] as const)('obeys Retry-After on %s, also when flush() is called', async (_, code, header) => {
    const { client, clock, collector, trackMany } = makeClient();
    await client.start();
    collector.rules = [() => collector.problem(code, header)];
    trackMany(300);
    await clock.advance(1_000);
    const before = collector.requests.length;
    collector.rules = [];
    const flushed = client.flush({ timeoutMs: 5_000 });
    await clock.advance(117_000);
    expect(collector.requests.length).toBe(before);
    expect((await flushed).pending).toBe(300);
    await clock.advance(5_000);
    expect(collector.taken.size).toBe(300);
  });

  it.each([
    ['a stranger', 'no problem of ours', clientLimits.maxForeignRetryAfterMs],
    ['a collector', '{"status":503,"code":"draining"}', clientLimits.maxRetryAfterMs],
  ])('lets a Retry-After of %s silence it for a bounded time', async (_, body, maxMs) => {
    const { client, clock, collector, track } = makeClient();
    await client.start();
    collector.rules = [() => collector.answer(503, body, '86400')];
    track('one');
    await clock.advance(2_000);
    collector.rules = [];
    await clock.advance(maxMs - 3_000);
    expect(collector.requests).toHaveLength(1);
    await clock.advance(4_000);
    expect(collector.taken.size).toBe(1);
  });

  it.each(['0', '-5', '9999-1', 'soon'])(
    'does not ask without a pause on a Retry-After of %s',
    async (header) => {
      const { client, clock, collector, trackMany } = makeClient();
      await client.start();
      collector.rules = [
        (_, { priority }) =>
          collector.problem(priority === 'low' ? 'shed' : 'rate_limited', header),
      ];
      trackMany(10);
      client.accept({ type: 'track', event: 'low', userId: 'u', priority: 'low' });
      await clock.advance(60_000);
      expect(collector.requests.length).toBeLessThan(80);
      collector.rules = [];
      await clock.advance(clientLimits.backoffCapMs);
      expect(collector.taken.size).toBe(11);
    },
  );

  it('obeys a shed of the priority that it claimed, whatever the events are called here', async () => {
    const { client, clock, collector, track } = makeClient();
    await client.start();
    collector.rules = [
      (_, { priority }) =>
        collector.problem(priority === 'critical' ? 'priority_not_allowed' : 'shed', '60'),
    ];
    client.accept({ type: 'track', event: 'urgent', userId: 'u', priority: 'critical' });
    await clock.advance(2_000);
    expect(collector.requests.map(({ request }) => request.priority)).toEqual([
      'critical',
      'normal',
    ]);
    track('normal');
    await clock.advance(50_000);
    expect(collector.requests).toHaveLength(2);
    collector.rules = [];
    await clock.advance(60_000);
    expect(collector.taken.size).toBe(2);
  });

  // The simulator's seed 405: the order came while the next batch was being read.
  it('obeys an order that comes between the look at the gate and the send', async () => {
    const clock = new VirtualClock();
    const after = (delayMs: number) =>
      new Promise<void>((resolve) => void clock.schedule(delayMs, resolve));
    class SlowStore extends MemoryEventStore {
      override async lease(request: LeaseRequest): Promise<LeasedRecord[]> {
        await after(10);
        return super.lease(request);
      }
    }
    const { client, collector, track } = makeClient({}, { clock, store: new SlowStore() });
    const order = collector.problem('sink_unavailable', '60');
    collector.rules = [() => after(5).then(() => order)];
    track('normal');
    client.accept({ type: 'track', event: 'low', userId: 'u', priority: 'low' });
    void client.stored();
    await client.start();
    await clock.advance(50_000);
    expect(collector.requests).toHaveLength(1);
    collector.rules = [];
    await clock.advance(60_000);
    expect(collector.taken.size).toBe(2);
  });

  // The simulator's seed 426: events of a shed priority waited until the app tracked again.
  it('comes back after a shed also when another priority was found empty meanwhile', async () => {
    const { client, clock, collector, track } = makeClient({
      ...{ maxInFlightBatches: 1, flushIntervalMs: 50 },
    });
    await client.start();
    await clock.settle();
    const shed = collector.problem('shed', '60');
    collector.rules = [
      () => new Promise((resolve) => void clock.schedule(100, () => resolve(shed))),
    ];
    track('waits');
    void client.stored();
    client.delivery.flush();
    await clock.advance(2_000);
    collector.rules = [];
    await clock.advance(60_000);
    expect(collector.taken.size).toBe(1);
  });

  it('sheds one priority alone', async () => {
    const { client, clock, collector, track } = makeClient();
    await client.start();
    collector.rules = [
      (_, { priority }) => (priority === 'low' ? collector.problem('shed', '60') : undefined),
    ];
    client.accept({ type: 'track', event: 'low', userId: 'u', priority: 'low' });
    await clock.advance(2_000);
    track('normal');
    await clock.advance(2_000);
    expect([...collector.taken.values()].map(({ event }) => event)).toEqual(['normal']);
    expect(collector.requests.filter(({ request }) => request.priority === 'low')).toHaveLength(1);
    collector.rules = [];
    await clock.advance(60_000);
    expect(collector.taken.size).toBe(2);
  });
});
