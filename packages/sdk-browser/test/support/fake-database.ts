/** IndexedDB in memory, and the stores that a test opens in it. */
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, vi } from 'vitest';
import { browserClock } from '../../src/browser-clock.js';
import { browserRandom } from '../../src/browser-random.js';
import {
  IndexedDbEventStore,
  type IndexedDbEventStoreParts,
} from '../../src/queue/indexed-db-event-store.js';

export const databaseName = 'holdfast-test';

/** Gives each test a database of its own, and takes back what the test has stubbed. */
export function fakeDatabaseEachTest(): void {
  beforeEach(() => {
    vi.stubGlobal('indexedDB', new IDBFactory());
    vi.stubGlobal('IDBKeyRange', IDBKeyRange);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
}

/** A store that knows what others have left in the database. */
export async function opened(
  changes: Partial<IndexedDbEventStoreParts> = {},
): Promise<IndexedDbEventStore> {
  const store = new IndexedDbEventStore({
    ...{ name: databaseName, durability: 'process', clock: browserClock, random: browserRandom },
    ...changes,
  });
  await store.recount();
  return store;
}
