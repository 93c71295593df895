import type { Page } from 'playwright-core';
import { writeKey } from './test-collector.js';

/** The events that wait in the page's queue, as the database has them. */
export function queuedRows(page: Page): Promise<number> {
  return page.evaluate(
    (name) =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const database = opening.result;
          const rows = database.transaction('rows').objectStore('rows');
          const counting = rows.count(IDBKeyRange.bound('0', '3'));
          counting.onerror = () => reject(counting.error);
          counting.onsuccess = () => {
            database.close();
            resolve(counting.result);
          };
        };
      }),
    `holdfast:${writeKey}`,
  );
}
