import { describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { queuedRows } from '../support/queued-rows.js';
import { createClient, stageEachTest, trackStored } from '../support/stage.js';
import { writeKey } from '../support/test-collector.js';
import { until } from '../support/until.js';

describe.skipIf(!needs('chromium'))('consent', () => {
  const stage = stageEachTest();
  const arrived = () => stage.collector.eventIds.length;

  it('that is pending stores and sends nothing until it is granted, then everything', async () => {
    const page = await stage.open({ consent: 'pending' });
    await trackStored(page, 3);
    const traces = await page.evaluate(async () => ({
      items: localStorage.length,
      databases: (await indexedDB.databases()).length,
    }));
    expect(traces).toEqual({ items: 0, databases: 0 });
    expect(stage.proxy.requests).toEqual([]);

    await page.evaluate(() => analytics.setConsent('granted'));
    await until('all arrive', () => arrived() === 3);
    expect(await page.evaluate(() => localStorage.length)).toBe(1);
    // Delivered from memory, what comes now would end with the page.
    expect(await page.evaluate(() => analytics.durability)).toBe('process');
    await stage.collector.stop();
    await trackStored(page, 2);
    expect(await queuedRows(page)).toBe(2);
  });

  it('that is denied empties the queue, counts what went, and takes nothing more', async () => {
    await stage.collector.stop();
    const page = await stage.open();
    await trackStored(page, 5);
    await page.evaluate(() => analytics.setConsent('denied'));
    await until('the queue is empty', async () => (await queuedRows(page)) === 0);
    const report = await page.evaluate(() => {
      analytics.track('Too late');
      return analytics.flush({ timeoutMs: 1_000 });
    });
    expect(report).toEqual({ delivered: 0, rejected: 0, pending: 0, dropped: 6 });
    // The denial itself, and nothing of the visitor.
    const items = await page.evaluate(() => Object.keys(localStorage));
    expect(items).toEqual([`holdfast:${writeKey} denied`]);
    await stage.collector.start();
    await page.evaluate(() => analytics.flush({ timeoutMs: 1_000 }));
    expect(arrived()).toBe(0);
  });

  it('that is denied in one tab holds in the others, and on the next page', async () => {
    await stage.collector.stop();
    const [first, second] = [await stage.open(), await stage.open()];
    await Promise.all([trackStored(first, 2), trackStored(second, 2)]);
    await first.evaluate(() => analytics.setConsent('denied'));
    await second.evaluate(() => analytics.track('In the other tab'));
    await until('the queue is empty', async () => (await queuedRows(second)) === 0);

    const third = await stage.open();
    const report = await third.evaluate(() => {
      analytics.track('On the next page');
      return analytics.flush({ timeoutMs: 5_000 });
    });
    expect(report.dropped).toBe(1);
    expect(await queuedRows(third)).toBe(0);
    await stage.collector.start();
    await third.evaluate(() => analytics.setConsent('granted'));
    const [kept] = await trackStored(third, 1);
    await until('what came after the new consent arrives', () => arrived() === 1);
    expect(stage.collector.eventIds).toEqual([kept]);
  });

  it('that is denied is seen by the very transaction of a tab that was not told', async () => {
    const page = await stage.open();
    const refused = await page.evaluate(async (name) => {
      // The row as another tab writes it, without the message that would follow.
      const database = await new Promise<IDBDatabase>((resolve) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => resolve(opening.result);
      });
      const transaction = database.transaction('rows', 'readwrite');
      transaction.objectStore('rows').put(true, 'denied');
      await new Promise((resolve) => transaction.addEventListener('complete', resolve));
      database.close();
      analytics.track('Unaware');
      return analytics.flush({ timeoutMs: 2_000 });
    }, `holdfast:${writeKey}`);
    expect(refused).toEqual({ delivered: 0, rejected: 0, pending: 0, dropped: 1 });
    expect(arrived()).toBe(0);
  });

  it('given with the options lifts a denial that is stored', async () => {
    const page = await stage.open({ consent: 'denied' });
    await page.reload();
    await createClient(page, { writeKey, endpoint: stage.proxy.url, consent: 'granted' });
    await trackStored(page, 1);
    await until('it arrives', () => arrived() === 1);
  });
});
