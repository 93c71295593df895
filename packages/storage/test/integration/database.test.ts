import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@holdfast/server-core/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/duckdb/database.js';
import { storageLimits } from '../../src/limits.js';

const timers = new Set<() => void>();
const clock: Pick<Clock, 'schedule'> = {
  schedule: (_delayMs, callback) => {
    timers.add(callback);
    return () => timers.delete(callback);
  },
};

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-database-'));
  database = await Database.open(join(folder, 'spill'), clock);
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('Database', () => {
  it('runs few queries at once, lets some wait, and refuses the rest', async () => {
    const { concurrentQueries, waitingQueries } = storageLimits;
    let running = 0;
    let mostRunning = 0;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const one = () =>
      database.read(async (query) => {
        mostRunning = Math.max(mostRunning, ++running);
        await released;
        await query('SELECT 1');
        running--;
      });
    const taken = Array.from({ length: concurrentQueries + waitingQueries }, one);
    await expect(one()).rejects.toMatchObject({ code: 'overloaded' });
    release();
    await Promise.all(taken);
    expect(mostRunning).toBe(concurrentQueries);
    await one();
  });

  it('interrupts a query that takes too long, and serves the next', async () => {
    const endless = database.read((query) =>
      query('SELECT count(*) FROM range(100000000000) WHERE range % 7 = 3'),
    );
    endless.catch(() => undefined);
    await expect.poll(() => timers.size).toBe(1);
    // An interrupt that comes before the query has begun has nothing to stop.
    const interrupting = setInterval(() => {
      for (const fire of timers) fire();
    }, 20);
    await expect(endless).rejects.toMatchObject({ code: 'query_timeout' });
    clearInterval(interrupting);
    expect(await database.read((query) => query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  });

  it('shows a query one state of the data, whatever is written meanwhile', async () => {
    await database.write((writer) => writer.run('CREATE TABLE t AS SELECT 1 AS i'));
    await database.read(async (query) => {
      await query('SELECT * FROM t');
      await database.write((writer) => writer.run('INSERT INTO t VALUES (2)'));
      expect(await query('SELECT count(*)::INTEGER AS n FROM t')).toEqual([{ n: 1 }]);
    });
    const rows = await database.read((query) => query('SELECT count(*)::INTEGER AS n FROM t'));
    expect(rows).toEqual([{ n: 2 }]);
  });
});
