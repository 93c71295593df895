import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { Endpoints } from '../../src/endpoints.js';
import * as clientLimits from '../../src/limits.js';
import { MemoryEventStore } from '../../src/memory-event-store.js';
import { makeClient } from '../support/bench-client.js';
import { refusedConnection } from '../support/model-collector.js';
import { VirtualClock } from '../support/virtual-clock.js';

const endpoints = ['http://a', 'http://b'];

describe('failover', () => {
  // The simulator's seed 87: 300,000 ms later by one sum is a hair earlier by the other.
  it('never finds the time to move on come without moving on', () => {
    const atMs = 828493.4223593945;
    let nowMs = atMs + clientLimits.failoverAfterWaitMs;
    const clock = Object.assign(new VirtualClock(), { monotonicMs: () => nowMs });
    const both = new Endpoints({ options: { endpoints }, clock, random: new SeededRandom(1) });
    both.all[0]!.gate.waitingSinceMs = atMs;
    expect(both.pick().endpoint).toBe(both.all[0]);
    expect(both.failoverInMs()).toBeGreaterThan(0);
    nowMs++;
    expect(both.pick().endpoint).toBe(both.all[1]);
  });

  it('moves to the next endpoint after three failures and back when a probe succeeds', async () => {
    const { client, clock, collector, track } = makeClient({ endpoints });
    await client.start();
    collector.rules = [
      (_, { endpoint }) => (endpoint === 'http://a' ? refusedConnection : undefined),
    ];
    track('one');
    await clock.advance(15_000);
    expect(collector.requests.map(({ request }) => request.endpoint)).toEqual([
      'http://a',
      'http://a',
      'http://a',
      'http://b',
    ]);
    collector.rules = [];
    await clock.advance(clientLimits.failbackProbeMs);
    track('two');
    await clock.advance(1_500);
    track('three');
    await clock.advance(1_500);
    expect(collector.requests.slice(4).map(({ request }) => request.endpoint)).toEqual([
      'http://a',
      'http://a',
    ]);
  });

  it('probes the first endpoint again however rarely there is something to send', async () => {
    const { client, clock, collector, track } = makeClient({ endpoints });
    await client.start();
    collector.rules = [
      (_, { endpoint }) => (endpoint === 'http://a' ? refusedConnection : undefined),
    ];
    track('one');
    await clock.advance(15_000);
    collector.rules = [];
    for (let n = 0; n < 3; n++) {
      await clock.advance(5 * 60_000);
      track('rare');
      await clock.advance(1_500);
    }
    expect(collector.requests.at(-1)?.request.endpoint).toBe('http://a');
    expect(collector.taken.size).toBe(4);
  });

  it('asks the first endpoint once in 30 s while it is down, and the second for all else', async () => {
    const { client, clock, collector, track } = makeClient({ endpoints });
    await client.start();
    // Without a bound, a client that asks again at once would go on for ever.
    const silence = new Promise<never>(() => {});
    collector.rules = [
      () => (collector.requests.length > 500 ? silence : undefined),
      (_, { endpoint }) => (endpoint === 'http://a' ? refusedConnection : undefined),
    ];
    track('one');
    await clock.advance(60_000);
    const before = collector.requests.length;
    for (let n = 0; n < 60; n++) {
      track('each second');
      await clock.advance(1_000);
    }
    const sent = collector.requests.slice(before).map(({ request }) => request.endpoint);
    expect(sent.filter((endpoint) => endpoint === 'http://a')).toHaveLength(2);
    await clock.advance(2_000);
    expect(collector.taken.size).toBe(61);
  });

  it('goes on at the second endpoint while the first one orders to wait', async () => {
    const { client, clock, collector, track } = makeClient({ endpoints: ['http://a', 'http://b'] });
    await client.start();
    let isOrdering = false;
    collector.rules = [
      (_, { endpoint }) => {
        if (endpoint !== 'http://a') return undefined;
        return isOrdering ? collector.problem('rate_limited', '600') : refusedConnection;
      },
    ];
    track('one');
    await clock.advance(60_000);
    expect(collector.taken.size).toBe(1);
    isOrdering = true;
    track('two');
    await clock.advance(60_000);
    track('three');
    await clock.advance(2_000);
    expect(collector.taken.size).toBe(3);
  });

  it('takes an order to wait for no failure until it has lasted five minutes', async () => {
    const { client, clock, collector, track } = makeClient({ endpoints });
    await client.start();
    collector.rules = [
      (_, { endpoint }) =>
        endpoint === 'http://a' ? collector.problem('sink_unavailable', '30') : undefined,
    ];
    track('one');
    await clock.advance(290_000);
    expect(new Set(collector.requests.map(({ request }) => request.endpoint))).toEqual(
      new Set(['http://a']),
    );
    await clock.advance(60_000);
    expect(collector.taken.size).toBe(1);
  });

  it('does not wait for the end of an order that lasts longer than five minutes', async () => {
    const { client, clock, collector, track } = makeClient({ endpoints });
    await client.start();
    collector.rules = [
      (_, { endpoint }) =>
        endpoint === 'http://a' ? collector.problem('sink_unavailable', '3600') : undefined,
    ];
    track('one');
    await clock.advance(299_000);
    expect(collector.taken.size).toBe(0);
    await clock.advance(5_000);
    expect(collector.taken.size).toBe(1);
  });

  it('waits no longer for a stranger who says to than for a collector', async () => {
    const { client, clock, collector, track } = makeClient({ endpoints });
    await client.start();
    collector.rules = [
      (_, { endpoint }) =>
        endpoint === 'http://a' ? collector.answer(503, '<h1>Down</h1>', '86400') : undefined,
    ];
    track('one');
    await clock.advance(299_000);
    expect(collector.requests).toHaveLength(1);
    await clock.advance(5_000);
    expect(collector.taken.size).toBe(1);
  });

  it('does not take over an order that has run out, whatever the wall clock did', async () => {
    const clock = new VirtualClock();
    const store = new MemoryEventStore();
    const before = makeClient({}, { clock, store });
    await before.client.start();
    before.collector.rules = [() => before.collector.problem('sink_unavailable', '2')];
    before.track('one');
    await clock.advance(1_500);
    before.client.delivery.stop();
    await clock.advance(10_000);
    clock.jumpWall(-2 * 365 * 86_400_000);
    const after = makeClient({}, { clock, store });
    await after.client.start();
    await clock.advance(5_000);
    expect(after.collector.taken.size).toBe(1);
  });

  it('sends back the epoch that an earlier process has seen', async () => {
    const store = new MemoryEventStore();
    await store.writeState(JSON.stringify({ epoch: 7 }));
    const { client, clock, collector, track } = makeClient({}, { store });
    await client.start();
    track('one');
    await clock.advance(2_000);
    expect(collector.requests.map(({ request }) => request.epoch)).toEqual([7]);
  });

  it('inherits an order as an order, which flush() does not open', async () => {
    const clock = new VirtualClock();
    const store = new MemoryEventStore();
    const gate = { savedAtMs: clock.nowMs(), leftMs: 600_000, isOrder: true, failures: 1 };
    await store.writeState(JSON.stringify({ gates: { 'http://a': gate } }));
    const { client, collector, track } = makeClient({}, { clock, store });
    await client.start();
    track('one');
    void client.flush();
    await clock.advance(599_000);
    expect(collector.requests).toHaveLength(0);
    await clock.advance(2_000);
    expect(collector.taken.size).toBe(1);
  });

  it('inherits the gate of an earlier process, also when the wall clock was set back', async () => {
    const first = makeClient();
    await first.client.start();
    first.collector.rules = [() => first.collector.problem('rate_limited', '600')];
    first.track('one');
    await first.clock.advance(2_000);
    first.clock.jumpWall(-86_400_000);
    const second = makeClient({}, { clock: first.clock });
    const state = JSON.stringify({
      gates: {
        'http://a': {
          savedAtMs: first.clock.nowMs() + 86_400_000,
          leftMs: 600_000,
          isOrder: true,
          failures: 1,
        },
      },
    });
    const store = new MemoryEventStore();
    await store.writeState(state);
    const third = makeClient({}, { clock: first.clock, store });
    await third.client.start();
    third.track('three');
    await first.clock.advance(599_000);
    expect(third.collector.requests).toHaveLength(0);
    await first.clock.advance(2_000);
    expect(third.collector.taken.size).toBe(1);
    expect(second.collector.requests).toHaveLength(0);
  });
});
