import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  acked,
  ids,
  idsOf,
  leaseAll,
  makeRecord,
  range,
  request,
  usageOf,
} from '../../../sdk-core/test/contract/event-store-records.js';
import { nodeLimits } from '../../src/limits.js';
import type { FileSystem } from '../../src/queue/file-system.js';
import { nodeFileSystem } from '../../src/queue/node-file-system.js';
import { FaultyFileSystem } from '../support/faulty-file-system.js';
import { ManualClock } from '../support/manual-clock.js';
import { ProcessWorld } from '../support/process-world.js';
import { StoreFolder } from '../support/store-folder.js';

let folder: StoreFolder;
let faulty: FaultyFileSystem;
beforeEach(() => {
  folder = new StoreFolder();
  faulty = new FaultyFileSystem();
});
afterEach(() => folder.dispose());

describe('a queue whose writes fail', () => {
  it('has written everything before append returns, for an exit handler cannot wait', () => {
    const store = folder.open({ durability: 'power' });
    void store.append([makeRecord(1), makeRecord(2)]);
    expect(folder.read(folder.segments()[0]!)).toContain('"eventId":"e-2"');
  });

  it('says that the disk is full, gives out nothing, and goes on when there is room', async () => {
    const store = folder.open({ fileSystem: faulty.fileSystem });
    await store.append([makeRecord(1)]);
    faulty.set({ call: 'write', errno: 'ENOSPC', from: 1, isForGood: true });
    await expect(store.append([makeRecord(2)])).rejects.toMatchObject({ code: 'storage_full' });
    expect(store.usage()).toEqual(usageOf([makeRecord(1)]));
    expect(idsOf(await leaseAll(store))).toEqual(ids(1));
    faulty.set(undefined);
    await store.append([makeRecord(2), makeRecord(3)]);
    expect(idsOf(await leaseAll(store))).toEqual(ids(2, 3));
  });

  it('leaves no folder behind for each attempt to make one on a full disk', async () => {
    faulty.set({ call: 'write', errno: 'ENOSPC', from: 1, isForGood: true });
    const store = folder.open({ fileSystem: faulty.fileSystem });
    for (const n of range(1, 5)) {
      await expect(store.append([makeRecord(n)])).rejects.toMatchObject({ code: 'storage_full' });
    }
    await vi.waitFor(() => expect(readdirSync(folder.rootPath)).toEqual([]));
    faulty.set(undefined);
    await store.append([makeRecord(6)]);
    expect(readdirSync(folder.rootPath)).toHaveLength(1);
    expect(idsOf(await leaseAll(store))).toEqual(ids(6));
  });

  it('leaves owner file and state as they were when new ones cannot be written', async () => {
    const clock = new ManualClock();
    const store = folder.open({ fileSystem: faulty.fileSystem, clock });
    await store.writeState('first');
    const ownerName = folder.files().find((name) => name.endsWith('/owner'))!;
    const owner = folder.read(ownerName);
    faulty.set({ call: 'write', errno: 'ENOSPC', from: 1, isForGood: true });
    clock.advance(nodeLimits.heartbeatMs);
    await expect(store.writeState('second')).rejects.toMatchObject({ code: 'storage_full' });
    expect(folder.read(ownerName)).toBe(owner);
    expect(await store.readState()).toBe('first');
  });

  it('never syncs a file again of which a sync failed, not even for what waited', async () => {
    const synced: number[] = [];
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      syncData: async (fd) => {
        synced.push(fd);
        if (synced.length === 2) throw Object.assign(new Error('bad disk'), { code: 'EIO' });
        await nodeFileSystem.syncData(fd);
      },
    };
    const store = folder.open({ durability: 'power', fileSystem });
    await store.append([makeRecord(1)]);
    const second = store.append([makeRecord(2)]);
    const third = store.append([makeRecord(3)]);
    for (const append of [second, third]) {
      await expect(append).rejects.toMatchObject({ code: 'storage_failed' });
    }
    expect(synced).toHaveLength(2);
    expect(idsOf(await leaseAll(store))).toEqual(ids(1));
  });

  it('gives out nothing of an append of which only one priority could be written', async () => {
    const store = folder.open({ fileSystem: faulty.fileSystem });
    const critical = (n: number) => makeRecord(n, { priority: 'critical' });
    await store.append([critical(1), makeRecord(2)]);
    faulty.set({ call: 'write', errno: 'ENOSPC', from: 2, isForGood: false });
    const both = [critical(3), makeRecord(4)];
    await expect(store.append(both)).rejects.toMatchObject({ code: 'storage_full' });
    await store.append([critical(5)]);
    expect(idsOf(await leaseAll(store, 'critical'))).toEqual(ids(1, 5));
    await store.append(both);
    expect(idsOf(await leaseAll(store, 'critical'))).toEqual(ids(3));
    expect(idsOf(await leaseAll(store, 'normal'))).toEqual(ids(2, 4));
  });

  it('goes on behind short writes', async () => {
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      write: (fd, bytes, offset, length, position) =>
        nodeFileSystem.write(fd, bytes, offset, Math.min(length, 5), position),
    };
    const store = folder.open({ fileSystem });
    await store.append([makeRecord(1), makeRecord(2)]);
    expect(idsOf(await leaseAll(store))).toEqual(ids(1, 2));
  });

  it('leaves no torn tail that the next process would take for a lost event', async () => {
    let roomBytes = 10_000;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      write: (fd, bytes, offset, length, position) => {
        if (roomBytes === 0) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        const taken = nodeFileSystem.write(
          fd,
          bytes,
          offset,
          Math.min(length, roomBytes),
          position,
        );
        roomBytes -= taken;
        return taken;
      },
    };
    const store = folder.open({ fileSystem });
    roomBytes = 150;
    await store.append([makeRecord(1)]);
    await expect(store.append([makeRecord(2)])).rejects.toMatchObject({ code: 'storage_full' });
    roomBytes = 10_000;
    store.releaseNow();

    const next = folder.open();
    const corruptCounts: number[] = [];
    next.onCorrupt((count) => corruptCounts.push(count));
    await next.adopt();
    expect(idsOf(await leaseAll(next))).toEqual(ids(1));
    expect(corruptCounts).toEqual([]);
  });

  it('never writes again to a file of which a write or a sync failed', async () => {
    for (const call of ['write', 'syncData'] as const) {
      const store = folder.open({ durability: 'power', fileSystem: faulty.fileSystem });
      await store.append([makeRecord(1)]);
      const before = new Map(folder.segments().map((name) => [name, folder.read(name).length]));
      faulty.set({ call, errno: 'EIO', from: 1, isForGood: false });
      await expect(store.append([makeRecord(2)])).rejects.toMatchObject({ code: 'storage_failed' });
      const poisoned = folder.segments().map((name) => [name, folder.read(name)] as const);
      faulty.set(undefined);
      await store.append([makeRecord(2), makeRecord(3)]);
      for (const [name, text] of poisoned) expect(folder.read(name)).toBe(text);
      expect(folder.segments()).toHaveLength(before.size + 1);
      expect(idsOf(await leaseAll(store))).toEqual(ids(1, 2, 3));
      await store.purge();
      await store.close();
    }
  });

  it('gives back to the callers all that shared a failed sync, and leases none of it', async () => {
    const store = folder.open({ durability: 'power', fileSystem: faulty.fileSystem });
    faulty.set({ call: 'syncData', errno: 'EIO', from: 2, isForGood: false });
    const appends = range(1, 4).map((n) => store.append([makeRecord(n)]));
    const results = await Promise.allSettled(appends);
    // The first went alone with the first sync; the others had waited for it and shared the next.
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
    expect(idsOf(await leaseAll(store))).toEqual(ids(1));
    expect(store.usage()).toEqual(usageOf([makeRecord(1)]));
  });

  it('syncs the folders again of which a sync failed, before the next event counts as stored', async () => {
    const synced: string[] = [];
    let failures = 2;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      async syncFolder(path) {
        if (failures-- > 0) throw Object.assign(new Error('EIO'), { code: 'EIO' });
        await nodeFileSystem.syncFolder(path);
        synced.push(path);
      },
    };
    const store = folder.open({ durability: 'power', fileSystem });
    await expect(store.append([makeRecord(1)])).rejects.toMatchObject({ code: 'storage_failed' });
    await store.append([makeRecord(2)]);
    const home = dirname(join(folder.rootPath, folder.segments()[0]!));
    expect(synced).toEqual(expect.arrayContaining([home, folder.rootPath]));
  });

  it('does not overtake the sync of a folder when that of a file beside it failed', async () => {
    let finishSync = () => {};
    const slow = new Promise<void>((resolve) => {
      finishSync = resolve;
    });
    let failures = 1;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      syncFolder: async (path) => (path === folder.rootPath ? slow : undefined),
      async syncData() {
        if (failures-- > 0) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      },
    };
    const store = folder.open({ durability: 'power', fileSystem });
    const first = store.append([makeRecord(1)]);
    const second = store.append([makeRecord(2)]);
    const third = second.catch(() => store.append([makeRecord(3)]));
    let isStored = false;
    void third.then(() => {
      isStored = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isStored).toBe(false);
    finishSync();
    await expect(first).rejects.toMatchObject({ code: 'storage_failed' });
    await third;
  });

  it('does not count an event as stored before its sync is done', async () => {
    let finishSync = () => {};
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      syncData: () => new Promise((resolve) => (finishSync = resolve)),
    };
    const store = folder.open({ durability: 'power', fileSystem });
    let isStored = false;
    const append = store.append([makeRecord(1)]).then(() => (isStored = true));
    expect(await leaseAll(store)).toEqual([]);
    expect(isStored).toBe(false);
    finishSync();
    await append;
    expect(idsOf(await leaseAll(store))).toEqual(ids(1));
  });

  it('refuses a record that no reader would take back', async () => {
    const store = folder.open();
    const tooLarge = makeRecord(1, { json: `"${'x'.repeat(300_000)}"` });
    await expect(store.append([tooLarge])).rejects.toMatchObject({ code: 'internal' });
    expect(folder.segments()).toEqual([]);
  });

  it('settles also when verdicts cannot be written, and writes them later', async () => {
    const world = new ProcessWorld();
    const processes = world.start();
    const store = folder.open({ fileSystem: faulty.fileSystem, processes });
    await store.append(range(1, 4).map((n) => makeRecord(n)));
    const leased = await store.lease(request());
    faulty.set({ call: 'openForWriting', errno: 'EMFILE', from: 1, isForGood: true });
    await store.settle(acked([leased[0]!]));
    expect(store.usage().events).toBe(3);
    faulty.set(undefined);
    await store.settle(acked([leased[2]!]));
    world.kill(processes);
    const next = await folder.openAdopting({ processes: world.start() });
    expect(idsOf(await leaseAll(next))).toEqual(ids(2, 4));
  });
});
