import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AnalyticsOptions, createAnalytics } from '../../src/index.js';
import { CollectorFolder } from '../support/collector-folder.js';
import { bundle, WorkerProcess } from '../support/worker-process.js';

/** Nobody listens there: the collector is down. */
const nowhere = 'http://127.0.0.1:1';
const timeoutMs = 20_000;

describe('what a process left behind', () => {
  let folder: string;
  let script: string;
  let collector: CollectorFolder;
  let url: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-left-'));
    script = bundle('tracker.ts', folder);
    collector = new CollectorFolder();
    url = await collector.start();
  });
  afterEach(async () => {
    await collector.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const optionsOf = (endpoint: string): AnalyticsOptions => {
    return { writeKey: 'key-1', endpoint, queueDir: join(folder, 'queue') };
  };

  /** Resolves with the ids of what it tracked, and nobody has sent. */
  async function leave(count: number, job = 'exit'): Promise<string[]> {
    const options = JSON.stringify(optionsOf(nowhere));
    const app = new WorkerProcess(script, [options, job, String(count)]);
    await app.ended;
    expect(app.lines).toHaveLength(count);
    return app.lines;
  }

  it('is delivered by a program that tracks one event and shuts down', async () => {
    const left = [...(await leave(1_200)), ...(await leave(50, 'throw'))];
    const client = createAnalytics(optionsOf(url));
    const own = client.track({ userId: 'u', event: 'Own' });
    const report = await client.shutdown({ timeoutMs });
    expect(report).toEqual({ delivered: 1, rejected: 0, pending: 0, dropped: 0, adopted: 1_250 });
    expect(collector.eventIds().sort()).toEqual([own, ...left].sort());
  });

  it('is delivered by flush() of one that has nothing of its own', async () => {
    const left = await leave(20);
    const client = createAnalytics(optionsOf(url));
    const reports = await Promise.all([client.flush({ timeoutMs }), client.flush({ timeoutMs })]);
    expect(reports.map(({ adopted }) => adopted)).toEqual([20, 20]);
    expect(await client.flush({ timeoutMs })).toMatchObject({ delivered: 0, adopted: 0 });
    await client.shutdown({ timeoutMs });
    expect(collector.eventIds().sort()).toEqual(left.sort());
  });

  it('holds up neither flush() nor shutdown() while the collector is down', async () => {
    await leave(20);
    const client = createAnalytics(optionsOf(nowhere));
    const startedAtMs = performance.now();
    expect(await client.flush({ timeoutMs })).toMatchObject({ pending: 0, adopted: 0 });
    client.track({ userId: 'u', event: 'Own' });
    expect(await client.shutdown({ timeoutMs })).toMatchObject({ pending: 1, adopted: 0 });
    expect(performance.now() - startedAtMs).toBeLessThan(timeoutMs / 2);
  });

  it('waits for the next program if this one has no collector, or no time', async () => {
    const left = await leave(100);
    const inVain = createAnalytics(optionsOf(nowhere));
    expect(await inVain.shutdown({ timeoutMs })).toMatchObject({ adopted: 0 });
    const hasty = createAnalytics(optionsOf(url));
    const { adopted } = await hasty.shutdown({ timeoutMs: 1 });
    const next = createAnalytics(optionsOf(url));
    const rest = await next.shutdown({ timeoutMs });
    expect(adopted + rest.adopted).toBe(left.length);
    expect(collector.eventIds().sort()).toEqual(left.sort());
  });
});
