import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeRecord } from '../../../sdk-core/test/contract/event-store-records.js';
import { nodeLimits } from '../../src/limits.js';
import { FaultyFileSystem } from '../support/faulty-file-system.js';
import { ManualClock } from '../support/manual-clock.js';
import { StoreFolder } from '../support/store-folder.js';

let folder: StoreFolder;
beforeEach(() => {
  folder = new StoreFolder();
});
afterEach(() => folder.dispose());

// The simulator's seed 29: a process that tracked nothing itself never sent what a dead one left.
it('adopts what a dead owner left once a folder can be made, though nothing is appended', async () => {
  const first = folder.open();
  await first.append([makeRecord(1)]);
  await first.close();
  const clock = new ManualClock();
  const files = new FaultyFileSystem({
    ...{ call: 'makeFolder', errno: 'ENOSPC', from: 1, isForGood: true },
  });
  const second = folder.open({ clock, fileSystem: files.fileSystem });
  await second.adopt();
  expect(second.usage().events).toBe(0);
  files.set(undefined);
  clock.advance(nodeLimits.heartbeatMs);
  await second.adopt();
  expect(second.usage().events).toBe(1);
});
