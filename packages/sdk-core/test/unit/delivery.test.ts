import { describe, expect, it } from 'vitest';
import { AnalyticsError } from '../../src/errors.js';
import * as clientLimits from '../../src/limits.js';
import { MemoryEventStore } from '../../src/memory-event-store.js';
import type { LeasedRecord, LeaseRequest, TransportOutcome } from '../../src/ports.js';
import { makeClient } from '../support/bench-client.js';
import { refusedConnection } from '../support/model-collector.js';
import { VirtualClock } from '../support/virtual-clock.js';

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
    ['a timeout', { kind: 'timeout' } as const],
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

  it.each([200, 204, 301, 302, 400, 401, 403, 404, 413, 422, 500, 502])(
    'takes a foreign answer %i for no verdict',
    async (status) => {
      const { client, clock, collector, seen, trackMany } = makeClient();
      await client.start();
      collector.rules = [() => collector.answer(status, '<html>Welcome to the hotel</html>')];
      const ids = trackMany(20);
      await clock.advance(60_000);
      collector.rules = [];
      await clock.advance(2 * clientLimits.backoffCapMs);
      expect([...collector.taken.keys()].sort()).toEqual([...ids].sort());
      expect(seen.rejected).toEqual([]);
      expect(seen.dropped).toEqual([]);
    },
  );

  it('takes an ack whose batchId or counts do not match for no verdict', async () => {
    const { client, clock, collector, trackMany } = makeClient();
    await client.start();
    const answer = { region: 'r', epoch: 0, durable: [], duplicates: 0, rejected: [], retry: [] };
    collector.rules = [
      (_, { batchId }) => {
        const isFirst = collector.requests.length === 1;
        const body = isFirst
          ? { ...answer, batchId: 'another', accepted: 20 }
          : { ...answer, batchId, accepted: 19 };
        return collector.requests.length <= 2
          ? collector.answer(200, JSON.stringify(body))
          : undefined;
      },
    ];
    trackMany(20);
    await clock.advance(60_000);
    expect(collector.requests).toHaveLength(3);
    expect(collector.taken.size).toBe(20);
  });

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
    client.storeNow();
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
    client.storeNow();
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

  it.each(['missing_write_key', 'origin_not_allowed', 'unsupported_media_type'] as const)(
    'keeps everything on %s, says it once and resumes by itself',
    async (code) => {
      const { client, clock, collector, seen, trackMany } = makeClient();
      await client.start();
      collector.rules = [() => collector.problem(code)];
      trackMany(300);
      await clock.advance(hourMs);
      expect(collector.requests.length).toBeLessThanOrEqual(14);
      expect(collector.requests.length).toBeGreaterThanOrEqual(4);
      expect(seen.error).toHaveLength(1);
      collector.rules = [];
      await clock.advance(clientLimits.refusedProbeMaxMs);
      expect(collector.taken.size).toBe(300);
    },
  );

  it('stops asking for more when too many events of retry lists wait', async () => {
    const options = { maxQueueBytes: 10_000_000, maxBatchEvents: 500 };
    const { client, clock, collector, seen, trackMany } = makeClient(options);
    await client.start();
    collector.retries = (event) => event.event !== 'event 0';
    trackMany(3 * clientLimits.maxParkedEvents);
    await clock.advance(500);
    const asked = collector.requests.reduce((sum, { request }) => sum + request.events.length, 0);
    expect(asked).toBeLessThan(clientLimits.maxParkedEvents + 3 * 500);
    expect(seen.retrying.map(({ cause }) => cause)).toContain('too many events of retry lists');
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
        return { kind: 'timeout' };
      },
    ];
    trackMany(10);
    await clock.advance(60_000);
    expect(collector.taken.size).toBe(10);
    expect(collector.duplicates).toBe(10);
    expect(await client.flush()).toEqual({ delivered: 10, rejected: 0, pending: 0, dropped: 0 });
  });

  it('expires nothing for one wrong Date of a collector', async () => {
    const { client, clock, collector, seen, trackMany } = makeClient();
    await client.start();
    trackMany(5);
    await clock.advance(2_000);
    const wrong = new Date(clock.nowMs() + 40 * 86_400_000).toUTCString();
    collector.rules = [
      () => ({ ...collector.problem('sink_unavailable', '5'), date: wrong }) as TransportOutcome,
    ];
    trackMany(300);
    await clock.advance(2_000);
    collector.rules = [];
    await clock.advance(60_000);
    expect(seen.dropped).toEqual([]);
    expect(collector.taken.size).toBe(305);
  });

  it.each(['invalid_compression', 'invalid_request'] as const)(
    'dead-letters nothing for %s, which no event can cause',
    async (code) => {
      const { client, clock, collector, seen, trackMany } = makeClient();
      await client.start();
      collector.rules = [() => collector.problem(code)];
      trackMany(20);
      await clock.advance(60_000);
      collector.rules = [];
      await clock.advance(clientLimits.backoffCapMs);
      expect(seen.rejected).toEqual([]);
      expect(collector.taken.size).toBe(20);
    },
  );

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

  it('does not believe the Date of a foreign answer', async () => {
    const { client, clock, collector, seen, trackMany } = makeClient();
    await client.start();
    trackMany(5);
    await clock.advance(2_000);
    collector.rules = [
      () => ({
        kind: 'answer',
        status: 200,
        retryAfter: null,
        date: 'Thu, 01 Jan 2099 00:00:00 GMT',
        body: '<html>',
      }),
    ];
    trackMany(5);
    await clock.advance(60_000);
    collector.rules = [];
    await clock.advance(clientLimits.backoffCapMs);
    expect(seen.dropped).toEqual([]);
    expect(collector.taken.size).toBe(10);
  });

  it('gives up no event because the local clock jumps by years', async () => {
    const { client, clock, collector, seen, track } = makeClient({ maxEventAgeMs: 10_000 });
    await client.start();
    track('before');
    await clock.advance(2_000);
    clock.jumpWall(10 * 365 * 86_400_000);
    collector.rules = [() => refusedConnection];
    track('in time');
    await clock.advance(5_000);
    clock.jumpWall(-10 * 365 * 86_400_000);
    collector.rules = [];
    await clock.advance(4_000);
    expect(seen.dropped).toEqual([]);
    expect(collector.taken.size).toBe(2);
  });

  it('gives up events that are older than the limit by both clocks', async () => {
    const { client, clock, collector, seen, track } = makeClient({ maxEventAgeMs: 10_000 });
    await client.start();
    track('in time');
    await clock.advance(2_000);
    collector.rules = [() => refusedConnection];
    track('too late');
    await clock.advance(30_000);
    collector.rules = [];
    await clock.advance(clientLimits.backoffCapMs);
    expect(seen.dropped).toEqual([{ reason: 'expired', count: 1 }]);
  });
});
