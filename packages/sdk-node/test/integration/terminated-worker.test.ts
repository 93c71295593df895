import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idsOf, leaseAll } from '../../../sdk-core/test/contract/event-store-records.js';
import { nodeLimits } from '../../src/limits.js';
import { ManualClock } from '../support/manual-clock.js';
import { StoreFolder } from '../support/store-folder.js';
import { bundle } from '../support/worker-process.js';

describe('what a terminated worker thread stored', () => {
  let folder: StoreFolder;
  beforeEach(() => {
    folder = new StoreFolder();
  });
  afterEach(() => folder.dispose());

  it('is taken over by another client of the same process once its lease is over', async () => {
    const script = bundle('queue-worker.ts', folder.base);
    const argv = [folder.rootPath, 'produce', 'worker'];
    const worker = new Worker(script, { argv, stdout: true });
    let printed = '';
    worker.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    while (printed.split('\n').length < 20) await once(worker.stdout, 'data');
    await worker.terminate();

    const clock = new ManualClock();
    const heir = await folder.openAdopting({ clock });
    expect(heir.usage().events).toBe(0);
    for (let passedMs = 0; passedMs <= nodeLimits.leaseMs; passedMs += nodeLimits.heartbeatMs) {
      clock.advance(nodeLimits.heartbeatMs);
      await heir.adopt();
    }
    const found = new Set([
      ...idsOf(await leaseAll(heir, 'critical')),
      ...idsOf(await leaseAll(heir)),
    ]);
    const stored = printed.slice(0, printed.lastIndexOf('\n')).split(/\s+/);
    expect(stored.length).toBeGreaterThan(300);
    expect(stored.filter((id) => !found.has(id))).toEqual([]);
  }, 30_000);
});
