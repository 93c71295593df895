import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { allows } from '../../../../test/support/needs.js';
import { CollectorFolder } from '../support/collector-folder.js';
import { bundle, WorkerProcess } from '../support/worker-process.js';

/** Makes the first process of a container of what follows. */
const asFirst = ['unshare', '--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
const canBeFirst = allows('make pid namespaces', asFirst[0]!, ...asFirst.slice(1), 'true');

/** Nobody listens there: the collector is down. */
const nowhere = 'http://127.0.0.1:1';

let folder: string;
let script: string;
let collector: CollectorFolder;
let workers: WorkerProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-app-'));
  script = bundle('tracker.ts', folder);
  collector = new CollectorFolder();
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await collector.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function start(job: string, count: number, endpoint: string, more: object = {}): WorkerProcess {
  const options = { writeKey: 'key-1', endpoint, queueDir: join(folder, 'queue'), ...more };
  const worker = new WorkerProcess(script, [JSON.stringify(options), job, String(count)]);
  workers.push(worker);
  return worker;
}

/** Waits until the collector has all of these, and expects it to have each exactly once. */
async function expectEachOnce(eventIds: readonly string[]): Promise<void> {
  await vi.waitFor(
    () => {
      const found = new Set(collector.eventIds());
      expect(eventIds.filter((id) => !found.has(id))).toEqual([]);
    },
    { timeout: 30_000, interval: 50 },
  );
  const found = collector.eventIds();
  expect(found.length - new Set(found).size).toBe(0);
}

describe('events of an app that is killed while the collector is down', () => {
  it.each(['process', 'power'])(
    'are each delivered once by the next one (%s)',
    async (durability) => {
      const tracker = start('track', 40, nowhere, { durability });
      await tracker.hasPrinted(2_000);
      await tracker.kill();
      expect(tracker.signal).toBe('SIGKILL');

      const url = await collector.start();
      start('deliver', 0, url, { durability });
      await expectEachOnce(tracker.lines);
    },
  );

  it('are each delivered once, with all they held, through three generations', async () => {
    const killed: string[] = [];
    for (let generation = 0; generation < 3; generation++) {
      const tracker = start('track', 25, nowhere);
      await tracker.hasPrinted(500);
      await tracker.kill();
      killed.push(...tracker.lines);
    }
    const deliverer = start('deliver', 0, await collector.start());
    await expectEachOnce(killed);
    await deliverer.hasPrinted(killed.length);
    const events = collector.events();
    expect(events[0]).toMatchObject({ properties: { text: 'é€😀' } });
    const queues = new Map<string, number[]>();
    for (const { queue } of events)
      queues.set(queue.id, [...(queues.get(queue.id) ?? []), queue.seq]);
    // No number is missing in any queue: nothing was lost between track() and the collector.
    for (const seqs of queues.values()) {
      expect(seqs.sort((a, b) => a - b)).toEqual(seqs.map((_, index) => index + 1));
    }
    expect(queues.size).toBe(3);
  });

  it('are delivered when the collector goes and comes again while apps die', async () => {
    const url = await collector.start();
    const first = start('track', 25, url);
    await first.hasPrinted(500);
    await collector.stop();
    await first.hasPrinted(first.lines.length + 500);
    await first.kill();
    await collector.start(Number(new URL(url).port));
    start('deliver', 0, url);
    await expectEachOnce(first.lines);
  });
});

describe('events of an app that ends', () => {
  it.each([
    ['by process.exit() in the turn of track()', 'exit', 0],
    ['by an uncaught exception in the turn of track()', 'throw', 1],
    ['because it has nothing more to do', 'end', 0],
  ])('%s, are stored and delivered by the next one', async (_how, job, exitCode) => {
    const app = start(job, 1_000, nowhere);
    await app.ended;
    expect([app.exitCode, app.lines.length]).toEqual([exitCode, 1_000]);
    start('deliver', 0, await collector.start());
    await expectEachOnce(app.lines);
  });

  it('are stored also if they are tracked in its own exit listener', async () => {
    const app = start('exitListener', 10, nowhere);
    await app.ended;
    expect([app.exitCode, app.lines.length]).toEqual([0, 10]);
    start('deliver', 0, await collector.start());
    await expectEachOnce(app.lines);
  });

  it('are stored by the end of the turn, not when something else wakes the process', async () => {
    const app = start('idleTimer', 10, nowhere);
    await app.hasPrinted(2);
    expect(app.lines).toEqual(['stored', 'the next timer']);
  });

  it('by shutdown(), are delivered before, and leave nothing behind', async () => {
    const app = start('shutdown', 1_000, await collector.start());
    await app.ended;
    expect([app.exitCode, app.errors]).toEqual([0, '']);
    expect(app.lines.at(-1)).toBe('delivered 1000 pending 0');
    await expectEachOnce(app.lines.slice(0, -1));
  });

  it('by itself after flush(), do not keep it alive with their connections and timers', async () => {
    const app = start('flush', 1_000, await collector.start());
    await app.hasPrinted(1_001);
    const flushedAtMs = performance.now();
    await app.ended;
    // Shorter than undici keeps an idle connection, and than any timer of the client.
    expect(performance.now() - flushedAtMs).toBeLessThan(2_500);
    expect([app.exitCode, app.errors]).toEqual([0, '']);
    expect(app.lines.at(-1)).toBe('delivered 1000 pending 0');
  });

  it('by a signal, are delivered before if flushOnSignals is set', async () => {
    const app = start('wait', 300, await collector.start(), { flushOnSignals: true });
    await app.hasPrinted(300);
    await app.kill('SIGTERM');
    // The signal was raised again: who started the app sees that it ended by it.
    expect([app.exitCode, app.signal]).toEqual([null, 'SIGTERM']);
    expect(new Set(collector.eventIds())).toEqual(new Set(app.lines));
  });

  it.skipIf(!canBeFirst)(
    'by a signal, are delivered before also by the first process of a container',
    async () => {
      const options = {
        writeKey: 'key-1',
        endpoint: await collector.start(),
        flushOnSignals: true,
      };
      const all = JSON.stringify({ ...options, queueDir: join(folder, 'queue') });
      const app = new WorkerProcess(script, [all, 'wait', '300'], {}, asFirst);
      workers.push(app);
      await app.hasPrinted(300);
      const children = `/proc/${app.pid}/task/${app.pid}/children`;
      process.kill(Number(readFileSync(children, 'utf8')), 'SIGTERM');
      await app.ended;
      // The kernel spares such a process: it ends as a shell says of one that the signal has ended.
      expect([app.exitCode, app.signal]).toEqual([143, null]);
      expect(new Set(collector.eventIds())).toEqual(new Set(app.lines));
    },
  );

  it('by a signal, are left to the next one if it is not', async () => {
    const app = start('wait', 300, nowhere);
    await app.hasPrinted(300);
    await app.kill('SIGTERM');
    expect(app.signal).toBe('SIGTERM');
    start('deliver', 0, await collector.start());
    await expectEachOnce(app.lines);
  });

  it('by a signal that the app handles itself, let it do so', async () => {
    const app = start('listen', 300, nowhere, { flushOnSignals: true });
    await app.hasPrinted(300);
    await app.kill('SIGTERM');
    expect([app.exitCode, app.signal]).toEqual([7, null]);
  });
});
