import { describe, expect, it } from 'vitest';
import { AnalyticsError } from '../../src/errors.js';
import * as clientLimits from '../../src/limits.js';
import { MemoryEventStore } from '../../src/memory-event-store.js';
import type { LeasedRecord, LeaseRequest } from '../../src/ports.js';
import { makeClient } from '../support/bench-client.js';
import { refusedConnection } from '../support/model-collector.js';

const hourMs = 3_600_000;

describe('delivery', () => {
  it('delivers what was tracked, once, in batches of one size', async () => {
    const { client, clock, collector, trackMany } = makeClient();
    await client.start();
    const ids = trackMany(250);
    await clock.advance(5_000);
    expect([...collector.taken.keys()].sort()).toEqual([...ids].sort());
    expect(collector.duplicates).toBe(0);
    expect(collector.requests.map(({ request }) => request.events.length)).toEqual([100, 100, 50]);
  });

  it('waits at most flushIntervalMs for a batch to fill', async () => {
    const { client, clock, collector, track } = makeClient();
    await client.start();
    await clock.settle();
    track('lonely');
    await clock.advance(999);
    expect(collector.taken.size).toBe(0);
    await clock.advance(2);
    expect(collector.taken.size).toBe(1);
  });

  it.each([
    ['a refused connection', refusedConnection],
    ['a timeout', { kind: 'network', detail: 'timeout' } as const],
  ])('keeps everything through hours of %s and delivers it afterwards', async (_, outcome) => {
    const { client, clock, collector, trackMany } = makeClient();
    await client.start();
    collector.rules = [() => outcome];
    const ids = trackMany(150);
    await clock.advance(5 * hourMs);
    expect(collector.taken.size).toBe(0);
    collector.rules = [];
    await clock.advance(clientLimits.backoffCapMs);
    expect([...collector.taken.keys()].sort()).toEqual([...ids].sort());
  });

  it('asks with growing pauses, one request at a time, while the collector is down', async () => {
    const { client, clock, collector, trackMany } = makeClient();
    await client.start();
    collector.rules = [() => refusedConnection];
    trackMany(1_000);
    await clock.advance(hourMs);
    expect(collector.requests.length).toBeGreaterThan(8);
    expect(collector.requests.length).toBeLessThan(80);
  });

  it('probes a failing endpoint with one request, however many may be under way', async () => {
    const { client, clock, collector, trackMany } = makeClient({ maxInFlightBatches: 3 });
    await client.start();
    collector.rules = [() => refusedConnection];
    trackMany(600);
    await clock.advance(5_000);
    let underWay = 0;
    let most = 0;
    collector.rules = [
      async () => {
        most = Math.max(most, ++underWay);
        await new Promise<void>((resolve) => clock.schedule(10_000, resolve));
        underWay--;
        return refusedConnection;
      },
    ];
    await clock.advance(hourMs);
    expect(most).toBe(1);
  });

  it('sends critical events as normal ones where the key may not claim the priority', async () => {
    const { client, clock, collector, seen } = makeClient();
    await client.start();
    collector.rules = [
      (_, { priority }) =>
        priority === 'critical' ? collector.problem('priority_not_allowed') : undefined,
    ];
    for (let n = 0; n < 150; n++) {
      client.accept({ type: 'track', event: 'urgent', userId: 'u', priority: 'critical' });
    }
    await clock.advance(2_000);
    expect(collector.taken.size).toBe(150);
    const claimed = collector.requests.map(({ request }) => request.priority);
    expect(claimed.filter((priority) => priority === 'normal')).toHaveLength(2);
    expect(seen.error).toEqual([]);
  });

  it('sends urgent events first, one priority to a batch', async () => {
    const { client, clock, collector } = makeClient({
      ...{ maxInFlightBatches: 1, flushIntervalMs: 50 },
    });
    for (const priority of ['low', 'normal', 'critical'] as const) {
      for (let n = 0; n < 3; n++) client.accept({ type: 'track', event: priority, priority });
    }
    await clock.settle();
    await client.start();
    await clock.advance(100);
    expect(collector.requests.map(({ request }) => request.priority)).toEqual([
      'critical',
      'normal',
      'low',
    ]);
  });

  it('settles exactly the events that got a verdict', async () => {
    const { client, clock, collector, seen, trackMany } = makeClient();
    await client.start();
    collector.rejects = ({ event }) => (event === 'event 3' ? 'invalid_timestamp' : undefined);
    let isDown = true;
    collector.retries = ({ event }) => isDown && Number(event?.slice(6)) % 2 === 0;
    const ids = trackMany(10);
    await clock.advance(1_500);
    expect(collector.taken.size).toBe(4);
    expect(seen.rejected.map(({ eventId }) => eventId)).toEqual([ids[3]]);
    isDown = false;
    await clock.advance(60_000);
    expect(collector.taken.size).toBe(9);
    expect(collector.duplicates).toBe(0);
  });

  it('does not hold up other events while a partition is down', async () => {
    const { client, clock, collector, track } = makeClient();
    await client.start();
    collector.retries = ({ event }) => event === 'stuck';
    track('stuck');
    await clock.advance(60_000);
    for (let n = 0; n < 5; n++) {
      track('free');
      await clock.advance(1_001);
    }
    expect(collector.taken.size).toBe(5);
  });

  it('stops asking for more when too many events of retry lists wait', async () => {
    const options = { maxQueueBytes: 10_000_000, maxBatchEvents: 500 };
    const { client, clock, collector, seen, trackMany } = makeClient(options);
    await client.start();
    collector.retries = (event) => event.event !== 'event 0';
    trackMany(3 * clientLimits.maxParkedEvents);
    await clock.advance(500);
    const asked = collector.requests.reduce((sum, { request }) => sum + request.events.length, 0);
    expect(asked).toBeLessThan(clientLimits.maxParkedEvents + 3 * 500);
    expect(seen.retrying.map(({ cause }) => cause)).toContain('too long retry lists');
    collector.retries = () => false;
    await clock.advance(2 * clientLimits.backoffCapMs);
    expect(collector.taken.size).toBe(3 * clientLimits.maxParkedEvents);
  });

  it('keeps the events when the ack is lost, and the collector knows the copies', async () => {
    const { client, clock, collector, trackMany } = makeClient();
    await client.start();
    collector.rules = [
      (events, request) => {
        if (collector.requests.length > 1) return undefined;
        collector.ack(events, request);
        return { kind: 'network', detail: 'timeout' };
      },
    ];
    trackMany(10);
    await clock.advance(60_000);
    expect(collector.taken.size).toBe(10);
    expect(collector.duplicates).toBe(10);
    expect(await client.flush()).toEqual({ delivered: 10, rejected: 0, pending: 0, dropped: 0 });
  });

  it('goes on by itself after a read of the queue failed once', async () => {
    class FailsOnce extends MemoryEventStore {
      failures = 1;
      override lease(request: LeaseRequest): Promise<LeasedRecord[]> {
        if (this.waiting(request.priority).events > 0 && this.failures-- > 0) {
          return Promise.reject(new AnalyticsError('storage_failed', 'EMFILE'));
        }
        return super.lease(request);
      }
    }
    const { client, clock, collector, seen, track } = makeClient({}, { store: new FailsOnce() });
    await client.start();
    track('one');
    await clock.advance(5_000);
    expect(seen.error.map(({ code }) => code)).toEqual(['storage_failed']);
    expect(collector.taken.size).toBe(1);
  });
});
