import type { Page } from 'playwright-core';
import { writeKey } from '../../packages/sdk-browser/test/support/test-collector.js';
import type { Arena } from './arena.js';

declare global {
  var foreignDatabase: IDBDatabase | undefined;
}

/** Other code's page with the queue's database: it never makes way by itself. */
export interface ForeignDatabase {
  readonly page: Page;
  /** Whether somebody else's connection is in its way. */
  readonly wasBlocked: boolean;
  isOpen(): Promise<boolean>;
}

/** Opens the database in a new tab; resolves when it is open or blocked. */
export async function openVersion(arena: Arena, version: number): Promise<ForeignDatabase> {
  const page = await arena.context.newPage();
  await page.goto(arena.pageUrl);
  const wasBlocked = await page.evaluate(
    ([name, version]) =>
      new Promise<boolean>((resolve, reject) => {
        const opening = indexedDB.open(name, version);
        opening.onerror = () => reject(opening.error);
        opening.onblocked = () => resolve(true);
        opening.onsuccess = () => {
          globalThis.foreignDatabase = opening.result;
          resolve(false);
        };
      }),
    [`holdfast:${writeKey}`, version] as const,
  );
  const isOpen = () => page.evaluate(() => globalThis.foreignDatabase !== undefined);
  return { page, wasBlocked, isOpen };
}
