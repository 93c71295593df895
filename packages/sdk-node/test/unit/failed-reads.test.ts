import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { FaultyFileSystem } from '../support/faulty-file-system.js';
import { ManualClock } from '../support/manual-clock.js';
import { StoreFolder } from '../support/store-folder.js';

let folder: StoreFolder;
let faulty: FaultyFileSystem;
beforeEach(() => {
  folder = new StoreFolder();
  faulty = new FaultyFileSystem();
});
afterEach(() => folder.dispose());

/** Nothing is kept in memory: what is leased is read back. */
const tailBytes = 0;

describe('a queue whose reads fail', () => {
  it('says so, and hands out the events when they can be read again', async () => {
    const store = folder.open({ fileSystem: faulty.fileSystem, tailBytes });
    await store.append([makeRecord(1)]);
    faulty.set({ call: 'read', errno: 'EMFILE', from: 1, isForGood: true });
    for (let attempt = 0; attempt < 10; attempt++) {
      await expect(store.lease(request())).rejects.toMatchObject({ code: 'storage_failed' });
    }
    faulty.set(undefined);
    expect(idsOf(await leaseAll(store))).toEqual(ids(1));
  });

  it('does not let one file that cannot be read now hold up the others', async () => {
    let locked = 'none';
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      read: (path, start, end) =>
        path.endsWith(locked)
          ? Promise.reject(Object.assign(new Error('locked'), { code: 'EACCES' }))
          : nodeFileSystem.read(path, start, end),
    };
    const store = folder.open({ fileSystem, segmentBytes: 50, tailBytes });
    for (const n of range(1, 4)) await store.append([makeRecord(n)]);
    locked = folder.segments()[0]!.split('/').at(-1)!;
    const found: string[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      found.push(...idsOf(await store.lease(request({ maxEvents: 1 })).catch(() => [])));
    }
    expect(found).toEqual(ids(2, 3, 4));
    locked = 'none';
    expect(idsOf(await leaseAll(store))).toEqual(ids(1));
  });

  it('loses the events in a bad sector alone, and tells of them', async () => {
    const badSector = 4_096;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      read: (path, start, end) =>
        path.endsWith('.seg') && start < badSector + 512 && end > badSector
          ? Promise.reject(Object.assign(new Error('bad sector'), { code: 'EIO' }))
          : nodeFileSystem.read(path, start, end),
    };
    const store = folder.open();
    await store.append(range(1, 200).map((n) => makeRecord(n)));
    store.releaseNow();
    const next = folder.open({ fileSystem });
    const corruptCounts: number[] = [];
    next.onCorrupt((count) => corruptCounts.push(count));
    await next.adopt();
    // Once may be a disk that comes and goes.
    await expect(next.lease(request())).rejects.toMatchObject({ code: 'storage_failed' });
    const leased = await leaseAll(next);
    const bytesEach = readFileSync(join(folder.rootPath, folder.segments()[0]!)).length / 200;
    const lost = 200 - leased.length;
    expect(corruptCounts).toEqual([lost]);
    // A block is 4,096 bytes, and touches one record more at each end.
    expect(lost).toBeGreaterThan(1);
    expect(lost).toBeLessThanOrEqual(Math.ceil(4_096 / bytesEach) + 2);
    await next.settle(acked(leased));
    expect(next.usage()).toEqual({ events: 0, bytes: 0 });
    await next.close();
    expect(folder.segments()).toEqual([expect.stringMatching(/^quarantine\//)]);
  });

  // The simulator's seed 13724.
  it('takes a disk that fails, works for one block and fails again for no bad sector', async () => {
    const store = folder.open();
    await store.append(range(1, 200).map((n) => makeRecord(n)));
    store.releaseNow();
    let isFlickering = true;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      read: (path, start, end) =>
        isFlickering && path.endsWith('.seg') && end > 4_096
          ? Promise.reject(Object.assign(new Error('away'), { code: 'EIO' }))
          : nodeFileSystem.read(path, start, end),
    };
    isFlickering = false;
    const next = await folder.openAdopting({ fileSystem });
    const corruptCounts: number[] = [];
    next.onCorrupt((count) => corruptCounts.push(count));
    isFlickering = true;
    await expect(next.lease(request())).rejects.toMatchObject({ code: 'storage_failed' });
    isFlickering = false;
    expect(idsOf(await leaseAll(next))).toHaveLength(200);
    expect(corruptCounts).toEqual([]);
  });

  it('sends events again whose verdicts stand in a bad sector', async () => {
    const store = folder.open();
    await store.append(range(1, 3).map((n) => makeRecord(n)));
    await store.settle(acked(await store.lease(request({ maxEvents: 2 }))));
    store.releaseNow();
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      read: (path, start, end) =>
        path.endsWith('.ack')
          ? Promise.reject(Object.assign(new Error('bad sector'), { code: 'EIO' }))
          : nodeFileSystem.read(path, start, end),
    };
    const next = await folder.openAdopting({ fileSystem });
    expect(idsOf(await leaseAll(next))).toEqual(ids(1, 2, 3));
  });

  it('waits for a disk that is away, and hands out everything when it is back', async () => {
    const store = folder.open({ fileSystem: faulty.fileSystem, tailBytes });
    await store.append(range(1, 3).map((n) => makeRecord(n)));
    const corruptCounts: number[] = [];
    store.onCorrupt((count) => corruptCounts.push(count));
    faulty.set({ call: 'read', errno: 'EIO', from: 1, isForGood: true });
    for (let attempt = 0; attempt < 20; attempt++) {
      await expect(store.lease(request())).rejects.toMatchObject({ code: 'storage_failed' });
    }
    faulty.set(undefined);
    expect(idsOf(await leaseAll(store))).toEqual(ids(1, 2, 3));
    expect(corruptCounts).toEqual([]);
  });

  it('takes a disk that comes back in the middle of a read for no bad sector', async () => {
    const store = folder.open({ fileSystem: faulty.fileSystem, tailBytes });
    await store.append(range(1, 200).map((n) => makeRecord(n)));
    const corruptCounts: number[] = [];
    store.onCorrupt((count) => corruptCounts.push(count));
    let readCount = 0;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      read: (path, start, end) =>
        ++readCount < 4
          ? Promise.reject(Object.assign(new Error('away'), { code: 'EIO' }))
          : nodeFileSystem.read(path, start, end),
    };
    store.releaseNow();
    const next = folder.open({ fileSystem });
    next.onCorrupt((count) => corruptCounts.push(count));
    await next.adopt();
    await next.adopt();
    expect((await leaseAll(next)).length).toBe(200);
    expect(corruptCounts).toEqual([]);
  });

  it('puts a file aside of which nothing could be read for a day, and tells of the loss', async () => {
    const badName = { name: '' };
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      read: (path, start, end) =>
        path.endsWith(badName.name)
          ? Promise.reject(Object.assign(new Error('bad file'), { code: 'EIO' }))
          : nodeFileSystem.read(path, start, end),
    };
    const clock = new ManualClock();
    const store = folder.open({ fileSystem, segmentBytes: 300, clock, tailBytes });
    const corruptCounts: number[] = [];
    store.onCorrupt((count) => corruptCounts.push(count));
    for (const n of range(1, 9)) await store.append([makeRecord(n)]);
    expect(folder.segments().length).toBeGreaterThan(2);
    badName.name = folder.segments()[0]!.split('/').at(-1)!;
    const countInBad = folder.read(folder.segments()[0]!).split('"eventId"').length - 1;

    const found: string[] = [];
    const deliver = async () => {
      const leased = await store.lease(request()).catch(() => []);
      found.push(...idsOf(leased));
      await store.settle(acked(leased));
    };
    for (let round = 0; round < 20; round++) await deliver();
    expect(found).toEqual(ids(...range(countInBad + 1, 9)));
    expect([corruptCounts, store.usage().events]).toEqual([[], countInBad]);
    const failedAtMs = clock.monotonicMs();
    clock.monotonicMs = () => failedAtMs + nodeLimits.maxUnreadableMs - 1;
    await deliver();
    expect(corruptCounts).toEqual([]);
    clock.monotonicMs = () => failedAtMs + nodeLimits.maxUnreadableMs;
    await deliver();
    expect(corruptCounts).toEqual([countInBad]);
    // Given up, it is not tried again.
    expect(await store.lease(request())).toEqual([]);
    expect(store.usage()).toEqual({ events: 0, bytes: 0 });
    await store.close();
    expect(folder.files()).toEqual([expect.stringContaining(badName.name)]);
    expect(folder.files()[0]).toMatch(/^quarantine\//);
  });

  it('tells of the loss when somebody deletes a segment', async () => {
    const store = folder.open({ tailBytes });
    const corruptCounts: number[] = [];
    store.onCorrupt((count) => corruptCounts.push(count));
    await store.append(range(1, 3).map((n) => makeRecord(n)));
    await nodeFileSystem.remove(join(folder.rootPath, folder.segments()[0]!));
    await expect(store.lease(request())).rejects.toMatchObject({ code: 'storage_failed' });
    expect(corruptCounts).toEqual([3]);
    expect(store.usage()).toEqual({ events: 0, bytes: 0 });
    await store.append([makeRecord(4)]);
    expect(idsOf(await leaseAll(store))).toEqual(ids(4));
  });
});
