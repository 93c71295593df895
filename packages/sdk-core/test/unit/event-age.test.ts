import { describe, expect, it } from 'vitest';
import * as clientLimits from '../../src/limits.js';
import type { TransportOutcome } from '../../src/ports.js';
import { makeClient } from '../support/bench-client.js';
import { refusedConnection } from '../support/model-collector.js';

describe('delivery of old events', () => {
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
