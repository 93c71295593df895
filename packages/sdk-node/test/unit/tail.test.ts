import { existsSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { QueueRecord } from '@holdfast/sdk-core/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  acked,
  ids,
  idsOf,
  leaseAll,
  makeRecord,
  range,
  request,
} from '../../../sdk-core/test/contract/event-store-records.js';
import { nodeLimits } from '../../src/limits.js';
import type { FileSystem } from '../../src/queue/file-system.js';
import { nodeFileSystem } from '../../src/queue/node-file-system.js';
import { ProcessWorld } from '../support/process-world.js';
import { StoreFolder } from '../support/store-folder.js';

const records = (from: number, to: number) => range(from, to).map((n) => makeRecord(n));
const bytesOf = (some: readonly QueueRecord[]) =>
  some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

describe('the tail of what was just stored', () => {
  let folder: StoreFolder;
  let reads: (readonly [start: number, end: number])[];
  let fileSystem: FileSystem;
  beforeEach(() => {
    folder = new StoreFolder();
    reads = [];
    fileSystem = {
      ...nodeFileSystem,
      read: (path, start, end) => {
        reads.push([start, end]);
        return nodeFileSystem.read(path, start, end);
      },
    };
  });
  afterEach(() => folder.dispose());

  it.each(['process', 'power'] as const)(
    'is leased right after stored() without reading the file (%s)',
    async (durability) => {
      const store = folder.open({ fileSystem, durability });
      await store.append(records(1, 3));
      await store.append(records(4, 5));
      expect(idsOf(await store.lease(request({ maxEvents: 4 })))).toEqual(ids(1, 2, 3, 4));
      await store.append(records(6, 7));
      expect(idsOf(await leaseAll(store))).toEqual(ids(5, 6, 7));
      expect(reads).toEqual([]);
    },
  );

  it('is not leased before the sync that makes it stored', async () => {
    let finishSync = () => {};
    const slow = new Promise<void>((resolve) => {
      finishSync = resolve;
    });
    const store = folder.open({
      fileSystem: { ...fileSystem, syncData: () => slow },
      durability: 'power',
    });
    const append = store.append(records(1, 2));
    expect(await leaseAll(store)).toEqual([]);
    finishSync();
    await append;
    expect(idsOf(await leaseAll(store))).toEqual(ids(1, 2));
    expect(reads).toEqual([]);
  });

  it('ends at its bound: what follows is read from where it ended, once, and in order', async () => {
    const store = folder.open({ fileSystem, tailBytes: bytesOf(records(1, 4)) });
    for (const n of range(1, 8)) await store.append(records(n, n));
    expect(idsOf(await store.lease(request({ maxEvents: 2 })))).toEqual(ids(1, 2));
    // There is room now, but 5 to 8 come first.
    await store.append(records(9, 9));
    expect(idsOf(await store.lease(request({ maxEvents: 2 })))).toEqual(ids(3, 4));
    expect(reads).toEqual([]);
    expect(idsOf(await store.lease(request({ maxEvents: 3 })))).toEqual(ids(5, 6, 7));
    expect(reads).toHaveLength(1);
    expect(reads[0]![0]).toBeGreaterThan(bytesOf(records(1, 4)));
    // All that is stored was read: what comes now needs no reading again.
    await store.append(records(10, 10));
    expect(idsOf(await leaseAll(store))).toEqual(ids(8, 9, 10));
    expect(reads).toHaveLength(1);
  });

  it('takes in nothing while the file is being read, and loses nothing by it', async () => {
    let finishRead = () => {};
    const slow = new Promise<void>((resolve) => {
      finishRead = resolve;
    });
    const store = folder.open({
      fileSystem: {
        ...fileSystem,
        read: async (...call) => {
          await slow;
          return fileSystem.read(...call);
        },
      },
      tailBytes: bytesOf(records(1, 1)),
    });
    for (const n of range(1, 3)) await store.append(records(n, n));
    const leased = store.lease(request({ maxEvents: 500 }));
    await Promise.resolve();
    await store.append(records(4, 4));
    finishRead();
    expect(idsOf(await leased)).toEqual(ids(1, 2, 3, 4));
    expect(await leaseAll(store)).toEqual([]);
  });

  it('has a bound of its own for the number of events', async () => {
    const store = folder.open({ fileSystem });
    const count = nodeLimits.maxTailEvents;
    await store.append(records(1, count));
    await store.append(records(count + 1, count + 1));
    const all = await leaseAll(store);
    expect([all.length, reads.length]).toEqual([count + 1, 1]);
  });

  it('goes on across segments, which are deleted once all of them is settled', async () => {
    const store = folder.open({ fileSystem, segmentBytes: 300, tailBytes: 400 });
    const found: string[] = [];
    for (const n of range(1, 40)) {
      await store.append(records(n, n));
      if (n % 7 > 0) continue;
      const leased = await store.lease(request({ maxEvents: 5 }));
      found.push(...idsOf(leased));
      await store.settle(acked(leased));
    }
    const rest = await leaseAll(store);
    found.push(...idsOf(rest));
    expect(found).toEqual(ids(...range(1, 40)));
    await store.settle(acked(rest));
    expect(store.usage()).toEqual({ events: 0, bytes: 0 });
    await store.close();
    expect(folder.files()).toEqual([]);
  });

  it('is written again with all else that is in memory when its folder is gone', async () => {
    const world = new ProcessWorld();
    const victim = folder.open({ fileSystem, processes: world.start() });
    await victim.append(records(1, 3));
    const home = dirname(join(folder.rootPath, folder.segments()[0]!));
    renameSync(home, join(folder.base, 'elsewhere'));
    await victim.append(records(4, 4));
    expect(existsSync(home)).toBe(false);
    expect(idsOf(await leaseAll(victim))).toEqual(ids(1, 2, 3, 4));
    expect(reads).toEqual([]);
    victim.releaseNow();
    const next = await folder.openAdopting({ processes: world.start() });
    expect(idsOf(await leaseAll(next))).toEqual(ids(1, 2, 3, 4));
  });

  it('outlives a segment that somebody deletes', async () => {
    const store = folder.open({ fileSystem });
    await store.append(records(1, 3));
    await nodeFileSystem.remove(join(folder.rootPath, folder.segments()[0]!));
    const leased = await leaseAll(store);
    expect(idsOf(leased)).toEqual(ids(1, 2, 3));
    await store.settle(acked(leased));
    expect(store.usage()).toEqual({ events: 0, bytes: 0 });
  });

  it('is forgotten by a purge', async () => {
    const store = folder.open({ fileSystem });
    await store.append(records(1, 3));
    expect(await store.purge()).toBe(3);
    expect(await leaseAll(store)).toEqual([]);
    await store.append(records(4, 4));
    expect(idsOf(await leaseAll(store))).toEqual(ids(4));
  });
});
