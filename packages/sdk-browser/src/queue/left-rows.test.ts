import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ids,
  idsOf,
  leaseAll,
  makeRecord,
  range,
} from '../../../sdk-core/test/contract/event-store-records.js';
import { failWrites } from '../../test/support/fail-writes.js';
import { ManualClock, settled } from '../../test/support/manual-clock.js';
import { browserClock } from '../browser-clock.js';
import { browserRandom } from '../browser-random.js';
import * as browserLimits from '../limits.js';
import { IndexedDbEventStore, type IndexedDbEventStoreParts } from './indexed-db-event-store.js';
import { LeftRows } from './left-rows.js';
import { eventKey } from './row-key.js';
import type { Row } from './row-tail.js';

const name = 'holdfast:test';

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('IDBKeyRange', IDBKeyRange);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function row(n: number, json?: string): Row {
  const record = makeRecord(n, json ? { json } : {});
  return { ...record, key: eventKey('normal', n, 'tab', record.sizeBytes) };
}

/** localStorage whose `method` fails from now on. */
function refuse(method: 'getItem' | 'setItem' | 'removeItem'): void {
  const rest = localStorage;
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => rest.getItem(key),
    setItem: (key: string, value: string) => rest.setItem(key, value),
    removeItem: (key: string) => rest.removeItem(key),
    [method]: () => {
      throw new DOMException('refused', 'QuotaExceededError');
    },
  });
}

const all = (left: LeftRows) => left.items().flatMap((item) => left.read(item));
const seqs = (left: LeftRows) =>
  all(left)
    .map(({ seq }) => seq)
    .sort((a, b) => a - b);

describe('rows that are left behind', () => {
  it('are found by others until they are removed', () => {
    const [here, there] = [new LeftRows(name), new LeftRows(name)];
    const item = here.leave([row(1), row(2)]);
    there.leave([row(3)]);
    here.leave([row(4)]);
    expect(seqs(there)).toEqual([1, 2, 3, 4]);
    there.remove(item!);
    expect(seqs(here)).toEqual([3, 4]);
  });

  it('are of one write key', () => {
    new LeftRows(name).leave([row(1)]);
    expect(new LeftRows(`${name}-2`).items()).toEqual([]);
  });

  it('are at most 1 MB, the oldest', () => {
    const left = new LeftRows(name);
    left.leave([row(1)]);
    left.leave(range(2, 60).map((n) => row(n, JSON.stringify('x'.repeat(20_000)))));
    expect(seqs(left)).toEqual(range(1, 50));
    left.leave([row(61, JSON.stringify('x'.repeat(20_000)))]);
    expect(seqs(left)).toEqual(range(1, 50));
    const chars = Object.values<string>(localStorage).join('').length;
    expect(chars).toBeLessThan(browserLimits.maxLeftChars + 1_000);
  });

  it('are none once consent is denied, until that is taken back', () => {
    const left = new LeftRows(name);
    left.leave([row(1)]);
    left.setDenied(true);
    new LeftRows(name).leave([row(2)]);
    expect(left.items()).toEqual([]);
    left.setDenied(false);
    left.leave([row(3)]);
    expect(seqs(left)).toEqual([3]);
  });

  it('are none that came in spite of a denial, once that is taken back', () => {
    const left = new LeftRows(name);
    left.setDenied(true);
    // Of a page in another process, which saw the note too late.
    localStorage.setItem(`${name} left 1`, JSON.stringify([row(1)]));
    left.setDenied(false);
    expect(left.items()).toEqual([]);
  });

  it('are taken once where the browser does not let go of them', () => {
    const left = new LeftRows(name);
    const item = left.leave([row(1)])!;
    const removal = vi.spyOn(Storage.prototype, 'removeItem').mockReturnValue();
    left.remove(item);
    removal.mockRestore();
    expect(left.items()).toEqual([]);
  });

  it.each(['getItem', 'setItem', 'removeItem'] as const)(
    'cost nothing where localStorage refuses %s',
    (method) => {
      const left = new LeftRows(name);
      refuse(method);
      const item = left.leave([row(1)]) ?? 'none';
      left.setDenied(true);
      left.setDenied(false);
      left.remove(item);
      expect(left.read('none')).toEqual([]);
    },
  );

  it('are none where there is no localStorage', () => {
    vi.stubGlobal('localStorage', undefined);
    const left = new LeftRows(name);
    left.setDenied(true);
    left.leave([row(1)]);
    expect(left.items()).toEqual([]);
  });

  it.each(['', '{', 'null', '7', '{}', '[null]', '[{}]', '[{"key":7}]', '[{"key":"x"}]'])(
    'are none where their item holds something else: %s',
    (text) => {
      localStorage.setItem(`${name} left 1`, text);
      expect(all(new LeftRows(name))).toEqual([]);
    },
  );
});

describe('a store whose page goes', () => {
  const create = (changes: Partial<IndexedDbEventStoreParts> = {}) =>
    new IndexedDbEventStore({
      ...{ name, durability: 'process', clock: browserClock, random: browserRandom },
      ...changes,
    });
  const left = new LeftRows(name);

  it('before its database is open leaves its rows to the next one, which tells of them', async () => {
    vi.spyOn(IDBFactory.prototype, 'open').mockReturnValueOnce(new EventTarget() as never);
    const gone = create();
    void gone.append([makeRecord(1), makeRecord(2, { priority: 'critical' })]);
    gone.leave();
    void gone.append([makeRecord(3)]);
    gone.leave();
    const onStored = vi.fn();
    const next = create({ onStored });
    await next.recount();
    expect(next.usage().events).toBe(3);
    expect(onStored.mock.calls.flat(2)).toHaveLength(3);
    expect(left.items()).toEqual([]);
    expect(idsOf(await leaseAll(next, 'critical'))).toEqual(ids(2));
    expect(idsOf(await leaseAll(next))).toEqual(ids(1, 3));
  });

  it('leaves nothing behind of what its database has, or is being given', async () => {
    const store = create();
    await store.recount();
    const appended = store.append([makeRecord(1)]);
    store.leave();
    expect(localStorage.length).toBe(0);
    await appended;
    store.leave();
    expect(localStorage.length).toBe(0);
  });

  it('and is still there stores the rows itself, and each is one row though others do too', async () => {
    const store = create();
    const appended = store.append([makeRecord(1)]);
    store.leave();
    const other = create();
    await Promise.all([other.recount(), appended]);
    expect(left.items()).toEqual([]);
    await other.recount();
    expect(idsOf(await leaseAll(other))).toEqual(ids(1));
  });

  it('takes back what it left behind once it has stored it', async () => {
    const store = create();
    const appended = store.append([makeRecord(1)]);
    store.leave();
    expect(idsOf(all(left))).toEqual(ids(1));
    await appended;
    expect(localStorage.length).toBe(0);
  });

  it('leaves nothing behind once consent is denied, whichever tab it was denied in', async () => {
    const store = create();
    const appended = store.append([makeRecord(1)]).catch(() => {});
    const purged = store.purge();
    store.leave();
    expect(left.items()).toEqual([]);
    await Promise.all([appended, purged]);
    const here = create();
    void here.append([makeRecord(2)]).catch(() => {});
    void create().setDenied(true);
    here.leave();
    expect(left.items()).toEqual([]);
  });

  it('leaves rows that are dropped where a denial is found stored, and noted for the next', async () => {
    await create().setDenied(true);
    // As where localStorage alone was cleared.
    localStorage.clear();
    left.leave([row(1)]);
    const onDenied = vi.fn();
    const next = create({ onDenied });
    await next.recount();
    expect(onDenied).toHaveBeenCalled();
    expect(next.usage().events).toBe(0);
    expect(left.items()).toEqual([]);
    left.leave([row(2)]);
    expect(left.items()).toEqual([]);
  });

  it('leaves rows that stay there while the database does not take them', async () => {
    left.leave([row(1)]);
    const next = create();
    failWrites('QuotaExceededError');
    await next.recount();
    expect(next.usage().events).toBe(0);
    expect(idsOf(all(left))).toEqual(ids(1));
    vi.restoreAllMocks();
    localStorage.setItem(`${name} left 0`, 'something else');
    await next.recount();
    expect(localStorage.length).toBe(0);
    expect(idsOf(await leaseAll(next))).toEqual(ids(1));
  });

  it('leaves rows that stay there while they are not stored, though others are', async () => {
    const request = new EventTarget() as { onerror?: () => void };
    vi.spyOn(IDBFactory.prototype, 'open').mockReturnValueOnce(request as never);
    const store = create();
    const appended = store.append([makeRecord(1)]);
    store.leave();
    request.onerror?.();
    await expect(appended).rejects.toThrow();
    await store.append([makeRecord(2)]);
    expect(idsOf(all(left))).toEqual(ids(1));
  });

  it('leaves rows behind again where a denial is noted that is not stored', async () => {
    left.setDenied(true);
    await create().recount();
    left.leave([row(1)]);
    expect(idsOf(all(left))).toEqual(ids(1));
  });

  it('leaves nothing behind once the denial is stored, though another found none before', async () => {
    const other = create();
    const denied = create().setDenied(true);
    left.setDenied(false);
    await Promise.all([denied, other.recount()]);
    left.leave([row(1)]);
    expect(left.items()).toEqual([]);
  });

  it('and whose database never opens closes all the same', async () => {
    vi.spyOn(IDBFactory.prototype, 'open').mockReturnValueOnce(new EventTarget() as never);
    const clock = new ManualClock();
    const store = create({ clock });
    const appended = store.append([makeRecord(1)]).catch(() => {});
    store.leave();
    let isClosed = false;
    void store.close().then(() => {
      isClosed = true;
    });
    await clock.pass(browserLimits.openTimeoutMs);
    await appended;
    await settled();
    expect(isClosed).toBe(true);
    expect(idsOf(all(left))).toEqual(ids(1));
  });
});
