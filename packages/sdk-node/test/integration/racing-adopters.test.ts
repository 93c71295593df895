import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundle, WorkerProcess } from '../support/worker-process.js';

const rounds = 12;

describe('processes that race for the folders of killed ones', () => {
  let folder: string;
  let script: string;
  let workers: WorkerProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-race-'));
    script = bundle('queue-worker.ts', folder);
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    workers = [];
    rmSync(folder, { recursive: true, force: true });
  });

  function start(...args: string[]): WorkerProcess {
    const worker = new WorkerProcess(script, [join(folder, 'key'), ...args]);
    workers.push(worker);
    return worker;
  }

  const idsOf = (worker: WorkerProcess) => worker.lines.flatMap((line) => line.split(' '));

  it('keep every stored event, once, however often owners and adopters are killed', async () => {
    const stored: string[] = [];
    let adopters: WorkerProcess[] = [];
    for (let round = 0; round < rounds; round++) {
      const producers = [1, 2, 3].map((n) => start('produce', `r${round}p${n}`));
      await Promise.all(adopters.map((adopter) => adopter.hasPrinted(1)));
      // Killed at another moment of its life each time.
      await Promise.all(producers.map((producer, n) => producer.hasPrinted(1 + round * 3 + n)));
      await Promise.all(producers.map((producer) => producer.kill()));
      stored.push(...producers.flatMap(idsOf));
      // The adopters of the round before die in the midst of taking over what is there now.
      await Promise.all(adopters.map((adopter) => adopter.kill()));
      adopters = [1, 2, 3].map(() => start('adopt'));
    }
    await Promise.all(adopters.map((adopter) => adopter.hasPrinted(1)));
    await Promise.all(adopters.map((adopter) => adopter.kill()));

    const drain = start('drain');
    await drain.ended;
    expect([drain.exitCode, drain.errors]).toEqual([0, '']);
    const found = idsOf(drain);
    const unique = new Set(found);
    expect(stored.length).toBeGreaterThan(rounds * 3 * 20);
    expect(stored.filter((id) => !unique.has(id))).toEqual([]);
    expect(found.length - unique.size).toBe(0);
  });

  it('share out what killed owners left while they deliver, each event to one of them', async () => {
    const producers = Array.from({ length: 9 }, (_, n) => start('produce', `p${n}`));
    await Promise.all(producers.map((producer, n) => producer.hasPrinted(5 + n)));
    await Promise.all(producers.map((producer) => producer.kill()));
    const stored = producers.flatMap(idsOf);
    const drains = [1, 2, 3].map(() => start('drain'));
    await Promise.all(drains.map((drain) => drain.ended));
    const found = drains.flatMap(idsOf);
    const unique = new Set(found);
    expect(stored.filter((id) => !unique.has(id))).toEqual([]);
    expect(found.length - unique.size).toBe(0);
  });
});
