import { describe, expect, it } from 'vitest';
import * as clientLimits from '../../src/limits.js';
import { makeClient } from '../support/bench-client.js';

const hourMs = 3_600_000;

describe('delivery without a verdict', () => {
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
});
