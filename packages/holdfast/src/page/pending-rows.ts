import type { PendingRow } from './balance.js';
import { pageLimits } from './limits.js';

/** Rows of the queue begin with their priority's rank: settings and dead letters do not. */
const firstKey = '0';
const endKey = '3';

/** The rows of the browser's queue, read from IndexedDB as they are, without the SDK's help. */
export async function pendingRows(databaseName: string): Promise<PendingRow[]> {
  const databases = await indexedDB.databases();
  // Opening a database that is not there would make one without the SDK's tables.
  if (!databases.some(({ name }) => name === databaseName)) return [];
  const database = await settled(indexedDB.open(databaseName));
  try {
    return await readRows(database);
  } finally {
    database.close();
  }
}

async function readRows(database: IDBDatabase): Promise<PendingRow[]> {
  const name = database.objectStoreNames.item(0);
  if (name === null) return [];
  const rows: PendingRow[] = [];
  const store = database.transaction(name).objectStore(name);
  let from: IDBValidKey = firstKey;
  for (;;) {
    const range = IDBKeyRange.bound(from, endKey, from !== firstKey, true);
    // Both requests of one page run in the same transaction, which sees one state throughout.
    const [keys, values] = await Promise.all([
      settled(store.getAllKeys(range, pageLimits.rowsAtOnce)),
      settled(store.getAll(range, pageLimits.rowsAtOnce) as IDBRequest<PendingRow[]>),
    ]);
    // Reports carry no number: they are not tracked events.
    for (const { queueId, seq } of values) if (seq > 0) rows.push({ queueId, seq });
    if (keys.length < pageLimits.rowsAtOnce) return rows;
    from = keys.at(-1)!;
  }
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
