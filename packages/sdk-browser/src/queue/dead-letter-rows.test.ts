import type { LeasedRecord, SettledRecord } from '@holdfast/sdk-core/ports';
import { IDBDatabase } from 'fake-indexeddb';
import { describe, expect, it, vi } from 'vitest';
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
import { fakeDatabaseEachTest, opened } from '../../test/support/fake-database.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { deadLetters, resendDeadLetters } from '../dead-letters.js';
import * as browserLimits from '../limits.js';
import type { IndexedDbEventStore } from './indexed-db-event-store.js';

const bound = browserLimits.maxDeadLetters;

fakeDatabaseEachTest();

const ownerOf = ({ transact }: IndexedDbEventStore) => ({
  deviceQueue: { transact, changed: () => undefined },
});

function rejected(leased: readonly LeasedRecord[]): SettledRecord[] {
  const ending = { kind: 'rejected', code: 'too_deep', detail: 'why' } as const;
  return leased.map((record) => ({ record, ending }));
}

async function reject(store: IndexedDbEventStore): Promise<void> {
  for (const priority of ['critical', 'normal', 'low'] as const) {
    await store.settle(rejected(await leaseAll(store, priority)));
  }
}

async function bury(store: IndexedDbEventStore, ...numbers: number[]): Promise<void> {
  await store.append(numbers.map((n) => makeRecord(n)));
  await reject(store);
}

async function letterTexts(store: IndexedDbEventStore): Promise<string[]> {
  return (await deadLetters(ownerOf(store))).map(({ eventJson }) => eventJson);
}

const textsOf = (numbers: number[]) => numbers.map((n) => makeRecord(n).json);

describe('dead letters', () => {
  it('are kept with their reason, bounded, and purged', async () => {
    const store = await opened();
    await bury(store, ...range(1, bound - 1));
    await bury(store, 900, 901);
    const next = await opened();
    await bury(next, 902);
    expect(next.usage()).toEqual({ events: 0, bytes: 0 });

    expect(await letterTexts(next)).toEqual(textsOf([...range(1, bound - 1), 900]));
    await next.purge();
    expect(await deadLetters(ownerOf(next))).toEqual([]);
  });

  it('say why, since when, and the event as it was', async () => {
    const clock = new ManualClock();
    const store = await opened({ clock });
    const json = '{"eventId":"e-1", "ü":"€","n":1.0}';
    await store.append([makeRecord(1, { json })]);
    await clock.pass(5_000);
    const deadAtMs = clock.nowMs();
    await reject(store);
    await clock.pass(5_000);
    expect(await deadLetters(ownerOf(store))).toEqual([
      { code: 'too_deep', detail: 'why', deadAtMs, eventJson: json },
    ]);
  });
});

describe('dead letters that are queued again', () => {
  it('are the records that they were, of every priority, and their age begins anew', async () => {
    const clock = new ManualClock();
    const store = await opened({ clock });
    const records = [
      makeRecord(1, { json: '{"eventId":"e-1", "ü":"€"}' }),
      makeRecord(2, { priority: 'critical' }),
      makeRecord(3, { priority: 'low' }),
    ];
    await store.append(records);
    await reject(store);
    await clock.pass(60_000);
    vi.spyOn(Date, 'now').mockReturnValue(clock.nowMs());
    expect(await resendDeadLetters(ownerOf(store))).toBe(3);
    expect(await deadLetters(ownerOf(store))).toEqual([]);

    const next = await opened();
    expect(next.usage()).toEqual(usageOf(records));
    for (const record of records) {
      const [leased] = await leaseAll(next, record.priority);
      const { key, ...found } = leased!;
      expect(found).toEqual({ ...record, serverTimeMs: clock.nowMs() });
    }
    expect(await resendDeadLetters(ownerOf(next))).toBe(0);
  });

  it('move in one transaction, all of which is issued at once', async () => {
    const store = await opened();
    await bury(store, 1, 2, 3);
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await resendDeadLetters(ownerOf(store));
    const modes = transaction.mock.calls.map(([, mode]) => mode);
    expect(modes.filter((mode) => mode === 'readwrite')).toHaveLength(1);
    const writing = transaction.mock.results[modes.indexOf('readwrite')]!.value as IDBTransaction;
    // Committed by us: a tab that stands still meanwhile does not hold up the others.
    expect(() => writing.objectStore('rows')).toThrow();
  });

  it('are all kept when there is no room for them', async () => {
    const store = await opened();
    await bury(store, 1, 2);
    failWrites('QuotaExceededError');
    await expect(resendDeadLetters(ownerOf(store))).rejects.toMatchObject({ code: 'storage_full' });
    vi.restoreAllMocks();
    expect(await letterTexts(store)).toEqual(textsOf([1, 2]));
    expect(await leaseAll(await opened())).toEqual([]);
  });

  it('leave those alone that come meanwhile', async () => {
    const [here, there] = [await opened(), await opened()];
    await bury(here, 1);
    await there.append([makeRecord(2)]);
    const leased = await leaseAll(there);
    const resent = resendDeadLetters(ownerOf(here));
    await there.settle(rejected(leased));
    expect(await resent).toBe(1);
    expect(await letterTexts(here)).toEqual(textsOf([2]));
    expect(idsOf(await leaseAll(here))).toEqual(ids(1));
  });

  it('are one row each when two tabs do it at once', async () => {
    const [here, there] = [await opened(), await opened()];
    await bury(here, 1, 2);
    await Promise.all([resendDeadLetters(ownerOf(here)), resendDeadLetters(ownerOf(there))]);
    const next = await opened();
    expect(idsOf(await leaseAll(next))).toEqual(ids(1, 2));
    expect(await deadLetters(ownerOf(next))).toEqual([]);
  });

  it('can be refused again, and are then kept again', async () => {
    const store = await opened();
    await bury(store, ...range(1, bound));
    for (const _ of range(1, 2)) {
      expect(await resendDeadLetters(ownerOf(store))).toBe(bound);
      await store.recount();
      await reject(store);
      expect(await letterTexts(store)).toEqual(textsOf(range(1, bound)));
    }
    await resendDeadLetters(ownerOf(store));
    await store.recount();
    while (store.waiting('normal').events > 0) await store.settle(acked(await leaseAll(store)));
    expect(await deadLetters(ownerOf(store))).toEqual([]);
    expect(await store.lease(request())).toEqual([]);
  });

  it('stay what they are where a denial is stored', async () => {
    let told = 0;
    const [here, there] = [await opened({ onDenied: () => told++ }), await opened()];
    await bury(here, 1);
    await there.setDenied(true);
    await expect(resendDeadLetters(ownerOf(here))).rejects.toMatchObject({
      code: 'storage_failed',
    });
    expect(told).toBe(1);
    expect(await leaseAll(await opened())).toEqual([]);
  });
});
