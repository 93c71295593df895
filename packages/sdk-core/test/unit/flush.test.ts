import { describe, expect, it } from 'vitest';
import { makeClient } from '../support/bench-client.js';
import { refusedConnection } from '../support/model-collector.js';

describe('flush', () => {
  it('reports this client’s events that were accepted before the call', async () => {
    const { client, clock, collector, trackMany } = makeClient();
    await client.start();
    collector.rejects = ({ event }) => (event === 'event 1' ? 'missing_field' : undefined);
    trackMany(10);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    client.accept({ type: 'track', event: 'circular', properties: circular });
    const flushed = client.flush();
    trackMany(5);
    await clock.advance(0);
    expect(await flushed).toEqual({ delivered: 9, rejected: 1, pending: 0, dropped: 1 });
  });

  it('delivers before shutdown() closes, also right after the creation', async () => {
    const { client, clock, trackMany } = makeClient();
    const started = client.start();
    trackMany(10);
    const closed = client.shutdown();
    await started;
    await clock.advance(100);
    expect(await closed).toEqual({ delivered: 10, rejected: 0, pending: 0, dropped: 0 });
  });

  it('resolves as soon as each event was tried once, with what is pending', async () => {
    const { client, clock, collector, trackMany } = makeClient();
    await client.start();
    collector.rules = [() => refusedConnection];
    trackMany(10);
    let report: unknown;
    void client.flush().then((value) => {
      report = value;
    });
    await clock.advance(1);
    expect(report).toEqual({ delivered: 0, rejected: 0, pending: 10, dropped: 0 });
  });

  it('resolves at the deadline when events could not be tried', async () => {
    const { client, clock, collector, trackMany } = makeClient();
    await client.start();
    collector.rules = [() => collector.problem('sink_unavailable', '3600')];
    trackMany(1_000);
    let report: unknown;
    void client.flush({ timeoutMs: 2_000 }).then((value) => {
      report = value;
    });
    await clock.advance(1_999);
    expect(report).toBeUndefined();
    await clock.advance(2);
    expect(report).toEqual({ delivered: 0, rejected: 0, pending: 1_000, dropped: 0 });
  });

  it('opens a backoff gate', async () => {
    const { client, clock, collector, track } = makeClient();
    await client.start();
    collector.rules = [() => refusedConnection];
    track('one');
    await clock.advance(3_600_000);
    collector.rules = [];
    const flushed = client.flush();
    await clock.advance(1);
    expect((await flushed).delivered).toBe(1);
  });

  it('lets later calls share one next run, and each keep its own deadline', async () => {
    const { client, clock, collector, track } = makeClient();
    await client.start();
    collector.rules = [() => new Promise(() => {})];
    const reports: string[] = [];
    const note = (name: string) => (report: { pending: number }) =>
      reports.push(`${name} ${report.pending}`);
    track('one');
    void client.flush({ timeoutMs: 5_000 }).then(note('first'));
    void client.flush({ timeoutMs: 1_000 }).then(note('joined'));
    track('two');
    void client.flush({ timeoutMs: 2_000 }).then(note('second'));
    track('three');
    void client.flush({ timeoutMs: 9_000 }).then(note('third'));
    await clock.advance(10_000);
    expect(reports).toEqual(['joined 1', 'second 3', 'first 1', 'third 3']);
  });

  it('never rejects and resolves at once when there is nothing', async () => {
    const { client, clock } = makeClient();
    const flushed = client.flush();
    await clock.advance(0);
    expect(await flushed).toEqual({ delivered: 0, rejected: 0, pending: 0, dropped: 0 });
  });

  it('shuts down: takes nothing more, keeps what is not delivered', async () => {
    const { client, clock, collector, seen, track } = makeClient();
    await client.start();
    collector.rules = [() => refusedConnection];
    track('one');
    const down = client.shutdown();
    expect(client.shutdown()).toBe(down);
    const late = track('late');
    await clock.advance(20_000);
    expect(await down).toEqual({ delivered: 0, rejected: 0, pending: 1, dropped: 0 });
    expect(seen.dropped).toEqual([{ reason: 'shut_down', count: 1, eventId: late }]);
    const before = collector.requests.length;
    await clock.advance(3_600_000);
    expect(collector.requests.length).toBe(before);
  });

  // The simulator's seed 1011: an app went on tracking while the queue was being closed.
  it('does not count what is tracked while it closes', async () => {
    const { client, clock, collector, trackMany } = makeClient();
    await client.start();
    collector.rules = [() => refusedConnection];
    collector.close = () => new Promise((resolve) => void clock.schedule(1_000, resolve));
    trackMany(3);
    const down = client.shutdown();
    await clock.advance(500);
    trackMany(5);
    await clock.advance(1_000);
    expect(await down).toEqual({ delivered: 0, rejected: 0, pending: 3, dropped: 0 });
  });
});
