import { IDBDatabase, IDBFactory, IDBObjectStore } from 'fake-indexeddb';
import { describe, expect, it, vi } from 'vitest';
import { describeEventStore } from '../../../sdk-core/test/contract/event-store-contract.js';
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
import { failWrites } from '../../test/support/fail-writes.js';
import { databaseName, fakeDatabaseEachTest, opened } from '../../test/support/fake-database.js';
import { browserClock } from '../browser-clock.js';
import { browserRandom } from '../browser-random.js';
import * as browserLimits from '../limits.js';
import { noticeOf } from '../tab-channel.js';
import { IndexedDbEventStore } from './indexed-db-event-store.js';

fakeDatabaseEachTest();

describeEventStore('IndexedDbEventStore', async () => {
  const store = await opened();
  return { store, reopen: () => opened(), dispose: () => store.close() };
});

describe('a row', () => {
  it('is stored in one transaction with its append, of the durability asked for', async () => {
    for (const [durability, mode] of [
      ['process', 'relaxed'],
      ['power', 'strict'],
    ] as const) {
      const store = await opened({ durability });
      const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction');
      await store.append(range(1, 100).map((n) => makeRecord(n)));
      // The renewal of the log opens a database of its own meanwhile.
      const ours = transaction.mock.calls.filter(([names]) => names === 'rows');
      expect(ours).toEqual([['rows', 'readwrite', { durability: mode }]]);
      vi.restoreAllMocks();
    }
  });

  it('is handed to the database before append returns', async () => {
    const store = await opened();
    const put = vi.spyOn(IDBObjectStore.prototype, 'put');
    const appended = store.append([makeRecord(1)]);
    expect(put).toHaveBeenCalledTimes(1);
    await appended;
  });

  it('that another tab stored is leased, and told of when that tab says so', async () => {
    const [here, there] = [await opened(), await opened({ onStored: (e) => here.arrived(e) })];
    let arrivals = 0;
    here.onArrival(() => arrivals++);
    await there.append([makeRecord(1), makeRecord(2, { priority: 'critical' })]);
    expect(arrivals).toBe(1);
    expect(here.usage()).toEqual(there.usage());
    expect(here.waiting('critical').events).toBe(1);
    expect(idsOf(await leaseAll(here, 'critical'))).toEqual(ids(2));
  });

  it('that nobody told of is found by a recount', async () => {
    const [here, there] = [await opened(), await opened()];
    const records = [makeRecord(1), makeRecord(2, { priority: 'low' })];
    await there.append(records);
    expect(here.usage().events).toBe(0);
    await here.recount();
    expect(here.usage()).toEqual(usageOf(records));
    expect(here.waiting('low')).toEqual(usageOf(records.slice(1)));
  });

  it('that another tab settled no longer counts, once that tab says so', async () => {
    const [here, there] = [await opened(), await opened()];
    const record = makeRecord(1);
    await here.append([record]);
    await there.recount();
    await there.settle(acked(await there.lease(request())));
    here.forget([noticeOf(record)]);
    expect(here.usage().events).toBe(0);
    expect(await leaseAll(here)).toEqual([]);
  });

  // The simulator's seed 4418: two tabs settled the same rows, each told the other, and the queue
  // looked empty while others waited.
  it('is found though two tabs counted what left the queue', async () => {
    const [first, second] = [await opened(), await opened()];
    await first.append(range(1, 4).map((n) => makeRecord(n)));
    await second.recount();
    const sent = await second.lease(request({ maxEvents: 2 }));
    second.forget(sent.map(noticeOf));
    await second.settle(acked(sent));
    await vi.waitFor(() => expect(second.waiting('normal').events).toBe(2));
    expect(idsOf(await leaseAll(second))).toEqual(ids(3, 4));
  });

  it('is counted though another tab told of it while the queue was read', async () => {
    const [first, second] = [await opened(), await opened()];
    const record = makeRecord(1);
    const leasing = second.lease(request());
    second.arrived([noticeOf(record)]);
    await leasing;
    expect(second.waiting('normal').events).toBe(1);

    // The read has begun; what is stored behind it is told of before its end.
    const counting = second.recount();
    await first.append([record]);
    second.arrived([noticeOf(record)]);
    await counting;
    await vi.waitFor(() => expect(second.waiting('normal').events).toBe(1), 5_000);
  });

  it('counts for nothing in a lease that finds it gone', async () => {
    const there = await opened();
    await there.append([makeRecord(1)]);
    const here = await opened();
    await there.settle(acked(await there.lease(request())));
    expect(await here.lease(request())).toEqual([]);
    expect(here.waiting('normal')).toEqual({ events: 0, bytes: 0 });
  });
});

describe('the tail of this tab', () => {
  /** How many rows were read from the database since. */
  const watchReads = () => vi.spyOn(IDBObjectStore.prototype, 'getAll').mock.calls;

  it('is leased without reading a row, in order and no row twice', async () => {
    const store = await opened();
    const reads = watchReads();
    await store.append([makeRecord(1), makeRecord(2, { priority: 'low' }), makeRecord(3)]);
    await store.append([makeRecord(4)]);
    expect(idsOf(await store.lease(request({ maxEvents: 2 })))).toEqual(ids(1, 3));
    const leased = await store.lease(request({ maxEvents: 2 }));
    expect(idsOf(leased)).toEqual(ids(4));
    expect(idsOf(await store.lease(request({ priority: 'low' })))).toEqual(ids(2));
    await store.settle(acked(leased));
    expect(store.usage().events).toBe(3);
    expect(reads).toEqual([]);
  });

  it('is not leased before its transaction is complete', async () => {
    const store = await opened();
    const appended = store.append([makeRecord(1)]);
    expect(store.waiting('normal').events).toBe(0);
    store.arrived([noticeOf(makeRecord(1))]);
    const reads = watchReads();
    await store.lease(request());
    expect(reads).toHaveLength(1);
    await appended;
  });

  it('waits for what other tabs stored before it', async () => {
    const [here, there] = [await opened(), await opened({ onStored: (e) => here.arrived(e) })];
    await there.append([makeRecord(1)]);
    // Of one millisecond two tabs' events have no order.
    const storedAtMs = browserClock.nowMs();
    await vi.waitFor(() => expect(browserClock.nowMs()).toBeGreaterThan(storedAtMs));
    await here.append([makeRecord(2)]);
    expect(idsOf(await leaseAll(here))).toEqual(ids(1, 2));
  });

  it('waits for what a page left behind', async () => {
    const store = await opened();
    const key = `1${'0'.repeat(11)}other:1`;
    const left = JSON.stringify([{ ...makeRecord(1), key }]);
    localStorage.setItem(`${databaseName} left ${key}`, left);
    await store.append([makeRecord(2)]);
    await store.recount();
    expect(idsOf(await leaseAll(store))).toEqual(ids(1, 2));
  });

  it.each([
    ['events', browserLimits.maxTailEvents, 10],
    ['bytes', Math.ceil(browserLimits.maxTailBytes / 10_000), 10_000],
  ])('is bounded in %s; what is older is read', async (_, count, length) => {
    const store = await opened();
    const json = JSON.stringify('x'.repeat(length));
    await store.append(range(1, count + 1).map((n) => makeRecord(n, { json })));
    const reads = watchReads();
    const first = await store.lease(request({ maxEvents: 2 }));
    expect(idsOf(first)).toEqual(ids(1, 2));
    expect(reads).toHaveLength(1);
    expect(idsOf(await store.lease(request({ maxEvents: 1 })))).toEqual(ids(3));
    expect(reads).toHaveLength(1);
  });

  it('is read where no other tab could tell of a purge or a settled row', async () => {
    vi.stubGlobal('BroadcastChannel', undefined);
    const [here, there] = [await opened(), await opened()];
    await here.append([makeRecord(1)]);
    await there.purge();
    expect(await here.lease(request())).toEqual([]);
  });

  it('is forgotten with the database that held it', async () => {
    const store = await opened();
    await store.append([makeRecord(1)]);
    const deleting = indexedDB.deleteDatabase(databaseName);
    await new Promise((resolve) => deleting.addEventListener('success', resolve));
    expect(await leaseAll(store)).toEqual([]);
  });
});

describe('the recent rows', () => {
  it('are handed out without reading while the page goes away, and only once', async () => {
    const store = await opened();
    await store.append([makeRecord(1)]);
    const stored = store.append([makeRecord(2)]);
    store.prefersRecent = true;
    const read = vi.spyOn(IDBObjectStore.prototype, 'getAll');
    expect(await store.lease(request({ priority: 'critical' }))).toEqual([]);
    const leased = await store.lease(request());
    expect(idsOf(leased)).toEqual(ids(1, 2));
    expect(read).not.toHaveBeenCalled();
    await stored;
    store.prefersRecent = false;
    expect(await leaseAll(store)).toEqual([]);
    await store.settle(acked(leased));
    expect(store.usage()).toEqual({ events: 0, bytes: 0 });
    await store.recount();
    expect(store.usage()).toEqual({ events: 0, bytes: 0 });
  });

  it('do not leave with the page once they are purged', async () => {
    const store = await opened();
    await store.append([makeRecord(1), makeRecord(2)]);
    await store.purge();
    store.prefersRecent = true;
    expect(await store.lease(request())).toEqual([]);
    await store.close();
  });

  it('are at most 16 KiB, the youngest', async () => {
    const store = await opened();
    const json = JSON.stringify('x'.repeat(3_000));
    for (const n of range(1, 20)) await store.append([makeRecord(n, { json })]);
    store.prefersRecent = true;
    const read = vi.spyOn(IDBObjectStore.prototype, 'getAll');
    expect(idsOf(await store.lease(request()))).toEqual(ids(16, 17, 18, 19, 20));
    expect(read).not.toHaveBeenCalled();
    // A page that is told again that it goes has no time to read more, and sends no more.
    void store.lease(request());
    await vi.waitFor(() => expect(read).toHaveBeenCalledTimes(1));
  });

  it('do not hold what could not be stored, or was settled by another tab', async () => {
    const store = await opened();
    await store.append([makeRecord(1), makeRecord(2)]);
    store.forget([noticeOf(makeRecord(1))]);
    failWrites('QuotaExceededError');
    await expect(store.append([makeRecord(3)])).rejects.toThrow();
    store.prefersRecent = true;
    expect(idsOf(await store.lease(request()))).toEqual(ids(2));
  });
});

describe('a denial', () => {
  it('fails every later append of any tab in its own transaction', async () => {
    const denied: string[] = [];
    const [here, there] = [await opened(), await opened({ onDenied: () => denied.push('told') })];
    await there.append([makeRecord(1)]);
    await here.setDenied(true);
    await expect(there.append([makeRecord(2)])).rejects.toMatchObject({ code: 'storage_failed' });
    expect(denied).toEqual(['told']);
    expect(idsOf(await leaseAll(there))).toEqual(ids(1));

    await here.setDenied(false);
    await there.append([makeRecord(3)]);
    expect(idsOf(await leaseAll(there))).toEqual(ids(3));
  });

  it('is told of when the next page counts, and outlives a purge', async () => {
    const store = await opened();
    await store.setDenied(true);
    await store.purge();
    let told = 0;
    await opened({ onDenied: () => told++ });
    expect(told).toBe(1);
  });
});

describe('a database that fails', () => {
  it('is reported as full when the quota is used up, and stores no part', async () => {
    const store = await opened();
    failWrites('QuotaExceededError');
    const records = [makeRecord(1), makeRecord(2)];
    await expect(store.append(records)).rejects.toMatchObject({ code: 'storage_full' });
    vi.restoreAllMocks();
    expect(store.usage().events).toBe(0);
    await store.append(records);
    expect(idsOf(await leaseAll(store))).toEqual(ids(1, 2));
  });

  it('is opened again when the browser dropped the connection', async () => {
    const store = await opened();
    await store.append([makeRecord(1)]);
    const { transaction } = IDBDatabase.prototype;
    const dropped = vi.spyOn(IDBDatabase.prototype, 'transaction');
    dropped.mockImplementationOnce(() => {
      throw new DOMException('the connection is closing', 'InvalidStateError');
    });
    dropped.mockImplementation(transaction);
    await store.append([makeRecord(2)]);
    expect(idsOf(await leaseAll(store))).toEqual(ids(1, 2));
  });

  it('gives way at once to another version of it', async () => {
    const store = await opened();
    await store.append([makeRecord(1)]);
    await new Promise<void>((resolve, reject) => {
      const deleting = indexedDB.deleteDatabase(databaseName);
      deleting.onsuccess = () => resolve();
      deleting.onblocked = () => reject(new Error('blocked'));
    });
    await store.append([makeRecord(2)]);
    expect(idsOf(await leaseAll(store))).toEqual(ids(2));
  });

  it('says that there is no storage when it cannot be opened, and hands out nothing', async () => {
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
      throw new DOMException('private', 'SecurityError');
    });
    const store = new IndexedDbEventStore({
      ...{ name: databaseName, durability: 'power' },
      ...{ clock: browserClock, random: browserRandom },
    });
    expect(store.durability).toBe('power');
    await expect(store.append([makeRecord(1)])).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    expect(store.durability).toBe('memory');
    expect(await store.lease(request())).toEqual([]);
    vi.restoreAllMocks();
    await store.append([makeRecord(1)]);
    expect(store.durability).toBe('power');
  });
});
