/**
 * What every EventStore must do, by the docstrings of `ports.ts`. Free of any platform, so that the
 * memory, file and IndexedDB stores all run it. Each behaviour names one promise of the port.
 */
import { durabilities, type EventStore } from '@holdfast/sdk-core/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  acked,
  ids,
  idsOf,
  leaseAll,
  makeRecord,
  plain,
  range,
  request,
  textOf,
  usageOf,
} from './event-store-records.js';

export interface EventStoreUnderTest {
  readonly store: EventStore;
  /** What the next process finds after `close()`; absent if the store does not outlive its own. */
  readonly reopen?: () => Promise<EventStore>;
  /** Frees everything, whatever state the test left behind. */
  readonly dispose: () => Promise<void>;
}

/** Runs the suite; `makeStore` gives an empty store of its own to each test. */
export function describeEventStore(
  name: string,
  makeStore: () => Promise<EventStoreUnderTest>,
): void {
  describe(`${name} as an EventStore`, () => {
    let underTest: EventStoreUnderTest;
    beforeEach(async () => {
      underTest = await makeStore();
    });
    afterEach(() => underTest.dispose());
    const store = () => underTest.store;

    describeAppend(store);
    describeLease(store);
    describeRelease(store);
    describeSettle(store);
    describeCounts(store);
    describePurge(store);
    describeState(store);
    describeReopening(() => underTest);
  });
}

type GetStore = () => EventStore;

const low = { priority: 'low' } as const;

function describeAppend(store: GetStore): void {
  it('gives back every field of a record, whatever its text', async () => {
    const records = [
      makeRecord(1, { json: '{"eventId":"e-1","a":"ü € 😀 \\u0000 \\n"}' }),
      makeRecord(2, { queueId: '', seq: 0, serverTimeMs: null }),
      makeRecord(3, { seq: 2 ** 40 + 1, serverTimeMs: 1_795_000_000_123 }),
      makeRecord(4, { eventId: 'A.b_c:d-0' }),
      makeRecord(5, { json: `{"eventId":"e-5","pad":"${'€'.repeat(10_600)}"}` }),
    ];
    await store().append(records);
    expect((await leaseAll(store())).map(plain)).toEqual(records.map(plain));
  });

  it('takes bytes as well as text', async () => {
    const text = '{"eventId":"e-1","a":"ü"}';
    const bytes = new TextEncoder().encode(text);
    await store().append([makeRecord(1, { json: bytes })]);
    const [leased] = await leaseAll(store());
    expect(textOf(leased!.json)).toBe(text);
    expect(leased!.sizeBytes).toBe(bytes.length);
  });

  it('keeps the order of appends that did not wait for each other', async () => {
    const appends = [1, 2, 3, 4].map((n) => store().append([makeRecord(n), makeRecord(n + 10)]));
    await Promise.all(appends);
    expect(idsOf(await leaseAll(store()))).toEqual(ids(1, 11, 2, 12, 3, 13, 4, 14));
  });

  it('takes an append of nothing', async () => {
    await store().append([]);
    expect(store().usage()).toEqual({ events: 0, bytes: 0 });
  });

  it('takes several priorities in one append', async () => {
    await store().append([
      makeRecord(1, { priority: 'low' }),
      makeRecord(2),
      makeRecord(3, { priority: 'critical' }),
      makeRecord(4),
    ]);
    expect(idsOf(await leaseAll(store(), 'critical'))).toEqual(ids(3));
    expect(idsOf(await leaseAll(store(), 'normal'))).toEqual(ids(2, 4));
    expect(idsOf(await leaseAll(store(), 'low'))).toEqual(ids(1));
  });

  it('holds thousands of records and hands out each of them once, in order', async () => {
    const records = range(1, 3_000).map((n) => makeRecord(n));
    for (let at = 0; at < records.length; at += 600) {
      await store().append(records.slice(at, at + 600));
    }
    const seen: string[] = [];
    for (let round = 0; round < 100; round++) {
      const leased = await store().lease(request({ maxEvents: 250 }));
      if (leased.length === 0) break;
      seen.push(...idsOf(leased));
      await store().settle(acked(leased));
    }
    expect(seen).toEqual(records.map((record) => record.eventId));
    expect(store().usage()).toEqual({ events: 0, bytes: 0 });
  });
}

function describeLease(store: GetStore): void {
  it('leases nothing from an empty queue', async () => {
    expect(await store().lease(request())).toEqual([]);
  });

  it('leases at most maxEvents, the oldest first', async () => {
    await store().append(range(1, 5).map((n) => makeRecord(n)));
    expect(idsOf(await store().lease(request({ maxEvents: 2 })))).toEqual(ids(1, 2));
    expect(idsOf(await store().lease(request({ maxEvents: 2 })))).toEqual(ids(3, 4));
    expect(idsOf(await store().lease(request({ maxEvents: 2 })))).toEqual(ids(5));
  });

  it('leases at most maxBytes', async () => {
    const records = range(1, 5).map((n) => makeRecord(n));
    await store().append(records);
    const twoFit = records[0]!.sizeBytes + records[1]!.sizeBytes;
    expect(idsOf(await store().lease(request({ maxBytes: twoFit })))).toEqual(ids(1, 2));
    expect(idsOf(await store().lease(request({ maxBytes: twoFit - 1 })))).toEqual(ids(3));
  });

  it('leases one record even if it alone is larger than maxBytes', async () => {
    await store().append([makeRecord(1), makeRecord(2)]);
    expect(idsOf(await store().lease(request({ maxBytes: 1 })))).toEqual(ids(1));
  });

  it('never leases a record twice, not even to calls at the same time', async () => {
    await store().append(range(1, 40).map((n) => makeRecord(n)));
    const leases = await Promise.all(
      range(1, 6).map(() => store().lease(request({ maxEvents: 8 }))),
    );
    const seen = leases.flatMap(idsOf);
    expect([...seen].sort()).toEqual(ids(...range(1, 40)).sort());
  });

  it('leases what is appended after the queue was found empty', async () => {
    expect(await store().lease(request())).toEqual([]);
    await store().append([makeRecord(1)]);
    expect(idsOf(await store().lease(request()))).toEqual(ids(1));
    await store().append([makeRecord(2)]);
    expect(idsOf(await store().lease(request()))).toEqual(ids(2));
  });

  it('takes appends while a lease is under way', async () => {
    await store().append([makeRecord(1)]);
    const lease = store().lease(request());
    const append = store().append([makeRecord(2)]);
    const first = idsOf(await lease);
    await append;
    expect([...first, ...idsOf(await leaseAll(store()))]).toEqual(ids(1, 2));
  });
}

function describeRelease(store: GetStore): void {
  it('leases released records again, before those never leased', async () => {
    await store().append(range(1, 6).map((n) => makeRecord(n)));
    const leased = await store().lease(request({ maxEvents: 3 }));
    store().release(leased);
    expect(idsOf(await leaseAll(store()))).toEqual(ids(1, 2, 3, 4, 5, 6));
  });

  it('leases all released records again, however few at a time', async () => {
    await store().append(range(1, 5).map((n) => makeRecord(n)));
    store().release(await store().lease(request()));
    const leased = [];
    for (let n = 0; n < 3; n++) leased.push(...(await store().lease(request({ maxEvents: 2 }))));
    expect(idsOf(leased)).toEqual(ids(1, 2, 3, 4, 5));
  });

  it('releases only the records that it is given', async () => {
    await store().append(range(1, 4).map((n) => makeRecord(n)));
    const leased = await store().lease(request());
    store().release([leased[1]!, leased[2]!]);
    expect(idsOf(await leaseAll(store()))).toEqual(ids(2, 3));
  });

  it('keeps released records of each priority apart', async () => {
    await store().append([makeRecord(1, { priority: 'low' }), makeRecord(2)]);
    const low = await store().lease(request({ priority: 'low' }));
    const normal = await store().lease(request());
    store().release([...low, ...normal]);
    expect(idsOf(await leaseAll(store(), 'normal'))).toEqual(ids(2));
    expect(idsOf(await leaseAll(store(), 'low'))).toEqual(ids(1));
  });

  it('ignores a release of records that are settled or released already', async () => {
    await store().append([makeRecord(1), makeRecord(2)]);
    const leased = await store().lease(request());
    await store().settle(acked([leased[0]!]));
    store().release(leased);
    store().release(leased);
    expect(store().waiting('normal').events).toBe(1);
    expect(idsOf(await leaseAll(store()))).toEqual(ids(2));
  });
}

function describeSettle(store: GetStore): void {
  it('removes exactly the settled records, whatever their order and verdict', async () => {
    await store().append(range(1, 6).map((n) => makeRecord(n)));
    const leased = await store().lease(request());
    await store().settle([
      { record: leased[4]!, ending: { kind: 'dropped', reason: 'expired' } },
      { record: leased[0]!, ending: { kind: 'delivered' } },
      { record: leased[2]!, ending: { kind: 'rejected', code: 'too_deep', detail: 'why' } },
    ]);
    store().release(leased);
    expect(idsOf(await leaseAll(store()))).toEqual(ids(2, 4, 6));
  });

  it('removes a record that was released before its verdict came', async () => {
    await store().append([makeRecord(1), makeRecord(2)]);
    const leased = await store().lease(request());
    store().release(leased);
    await store().settle(acked([leased[0]!]));
    expect(store().usage()).toEqual(usageOf([makeRecord(2)]));
    expect(store().waiting('normal')).toEqual(usageOf([makeRecord(2)]));
    expect(idsOf(await leaseAll(store()))).toEqual(ids(2));
  });

  it('counts a record that is settled twice once', async () => {
    await store().append([makeRecord(1), makeRecord(2)]);
    const leased = await store().lease(request());
    await store().settle(acked([leased[0]!]));
    await store().settle(acked([leased[0]!, leased[0]!]));
    expect(store().usage()).toEqual(usageOf([makeRecord(2)]));
  });

  it('takes endings of nothing', async () => {
    await store().settle([]);
    expect(store().usage()).toEqual({ events: 0, bytes: 0 });
  });

  it('keeps two records that carry the same eventId apart', async () => {
    await store().append([makeRecord(1), makeRecord(1, { seq: 2 })]);
    const leased = await store().lease(request());
    expect(leased).toHaveLength(2);
    await store().settle(acked([leased[0]!]));
    store().release(leased);
    expect((await leaseAll(store())).map((record) => record.seq)).toEqual([2]);
  });
}

function describeCounts(store: GetStore): void {
  it('counts leased records as used and not as waiting', async () => {
    const records = [makeRecord(1), makeRecord(2), makeRecord(3, { priority: 'low' })];
    await store().append(records);
    expect(store().usage()).toEqual(usageOf(records));
    expect(store().waiting('normal')).toEqual(usageOf(records.slice(0, 2)));
    expect(store().waiting('low')).toEqual(usageOf(records.slice(2)));
    expect(store().waiting('critical')).toEqual({ events: 0, bytes: 0 });

    const leased = await store().lease(request({ maxEvents: 1 }));
    expect(store().usage()).toEqual(usageOf(records));
    expect(store().waiting('normal')).toEqual(usageOf(records.slice(1, 2)));

    store().release(leased);
    expect(store().waiting('normal')).toEqual(usageOf(records.slice(0, 2)));
  });

  it('counts down to nothing as records are settled', async () => {
    const records = range(1, 7).map((n) => makeRecord(n));
    await store().append(records);
    for (let left = records.length; left > 0; left--) {
      expect(store().usage()).toEqual(usageOf(records.slice(records.length - left)));
      await store().settle(acked(await store().lease(request({ maxEvents: 1 }))));
    }
    expect(store().usage()).toEqual({ events: 0, bytes: 0 });
    expect(store().waiting('normal')).toEqual({ events: 0, bytes: 0 });
  });

  it('names the durability in force', () => {
    expect(durabilities).toContain(store().durability);
  });
}

function describePurge(store: GetStore): void {
  it('purges every record, leased ones too, and says how many went', async () => {
    await store().append([...range(1, 5).map((n) => makeRecord(n)), makeRecord(6, low)]);
    const leased = await store().lease(request({ maxEvents: 2 }));
    await store().settle(acked([leased[0]!]));
    expect(await store().purge()).toBe(5);
    expect(store().usage()).toEqual({ events: 0, bytes: 0 });
    store().release(leased);
    await store().settle(acked(leased));
    expect(store().usage()).toEqual({ events: 0, bytes: 0 });
    expect(await leaseAll(store())).toEqual([]);
    expect(await leaseAll(store(), 'low')).toEqual([]);
  });

  it('goes on working after a purge', async () => {
    await store().append([makeRecord(1)]);
    await store().purge();
    await store().append([makeRecord(2)]);
    expect(store().usage()).toEqual(usageOf([makeRecord(2)]));
    expect(idsOf(await leaseAll(store()))).toEqual(ids(2));
    expect(await store().purge()).toBe(1);
    expect(await store().purge()).toBe(0);
  });
}

function describeState(store: GetStore): void {
  it('has no state at first and then the one written last', async () => {
    expect(await store().readState()).toBeUndefined();
    await store().writeState('{"epoch":1}');
    expect(await store().readState()).toBe('{"epoch":1}');
    await Promise.all([store().writeState('{"epoch":2,"ü":"€"}'), store().writeState('{}')]);
    expect(await store().readState()).toBe('{}');
  });

  it('keeps its state through a purge of the records', async () => {
    await store().writeState('kept');
    await store().append([makeRecord(1)]);
    await store().purge();
    expect(await store().readState()).toBe('kept');
  });
}

function describeReopening(underTest: () => EventStoreUnderTest): void {
  const reopened = async (): Promise<EventStore | undefined> => {
    const { store, reopen } = underTest();
    if (reopen === undefined) {
      expect(store.durability).toBe('memory');
      return undefined;
    }
    await store.close();
    return reopen();
  };

  it('finds again what was stored and not settled, leased ones included', async () => {
    const { store } = underTest();
    const records = range(1, 6).map((n) => makeRecord(n, { serverTimeMs: n % 2 ? n : null }));
    await store.append([...records, makeRecord(7, low)]);
    const leased = await store.lease(request({ maxEvents: 4 }));
    await store.settle(acked([leased[1]!, leased[2]!]));
    const next = await reopened();
    if (next === undefined) return;
    const kept = [records[0]!, records[3]!, records[4]!, records[5]!];
    expect(next.usage()).toEqual(usageOf([...kept, makeRecord(7, low)]));
    expect((await leaseAll(next)).map(plain)).toEqual(kept.map(plain));
    expect(idsOf(await leaseAll(next, 'low'))).toEqual(ids(7));
  });

  it('does not find again what was settled, call after call', async () => {
    const { store } = underTest();
    await store.append(range(1, 9).map((n) => makeRecord(n)));
    for (const n of [0, 1, 2]) {
      const leased = await store.lease(request({ maxEvents: 3 }));
      await store.settle(acked([leased[n]!]));
      await store.settle(acked([leased[(n + 1) % 3]!]));
    }
    const next = await reopened();
    if (next === undefined) return;
    expect(idsOf(await leaseAll(next))).toEqual(ids(3, 4, 8));
  });

  it('does not find again what was rejected, dropped or purged', async () => {
    const { store } = underTest();
    await store.append([makeRecord(1)]);
    await store.purge();
    await store.append([makeRecord(2), makeRecord(3), makeRecord(4)]);
    const leased = await store.lease(request({ maxEvents: 2 }));
    await store.settle([
      { record: leased[0]!, ending: { kind: 'rejected', code: 'too_deep' } },
      { record: leased[1]!, ending: { kind: 'dropped', reason: 'expired' } },
    ]);
    const next = await reopened();
    if (next === undefined) return;
    expect(idsOf(await leaseAll(next))).toEqual(ids(4));
  });

  it('finds again the state and takes new records after the old ones', async () => {
    const { store } = underTest();
    await store.writeState('remembered');
    await store.append([makeRecord(1)]);
    const next = await reopened();
    if (next === undefined) return;
    expect(await next.readState()).toBe('remembered');
    await next.append([makeRecord(2)]);
    expect([...idsOf(await leaseAll(next))].sort()).toEqual(ids(1, 2));
  });

  it('closes twice without harm', async () => {
    await underTest().store.close();
    await underTest().store.close();
  });
}
