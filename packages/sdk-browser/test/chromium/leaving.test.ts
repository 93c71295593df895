import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import type { QueuePosition } from '../../../protocol/src/event.js';
import type { AnalyticsOptions } from '../../src/index.js';
import { queuedRows } from '../support/queued-rows.js';
import { createClient, stageEachTest } from '../support/stage.js';
import { writeKey } from '../support/test-collector.js';
import { until } from '../support/until.js';

const name = `holdfast:${writeKey}`;

describe.skipIf(!needs('chromium'))('a page that only sends on', () => {
  const stage = stageEachTest();
  const arrived = () => stage.collector.eventIds.length;

  /** Opens a page that tracks and leaves in its first task; resolves with what track() returned. */
  async function sendOn(
    options: Partial<AnalyticsOptions> = {},
    { count = 1, padBytes = 0, opens = false } = {},
  ): Promise<{ page: Page; ids: string[] }> {
    const page = await stage.context.newPage();
    await page.goto(stage.pages.url);
    const left = page.waitForURL('**/next');
    const ids = await page.evaluate(
      ([options, count, padBytes, opens]) => {
        // What is a matter of luck else: whether the database opens before the page has gone.
        if (!opens) IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest;
        const client = Holdfast.createAnalytics(options);
        const pad = 'x'.repeat(padBytes);
        const ids = Array.from({ length: count }, () => client.track('Sent on', { pad }));
        addEventListener('pagehide', () => client.track('Last words'));
        location.href = '/next';
        return ids;
      },
      [{ writeKey, endpoint: stage.proxy.url, ...options }, count, padBytes, opens] as const,
    );
    await left;
    return { page, ids };
  }

  const itemsOf = (page: Page) => page.evaluate(() => Object.keys(localStorage).sort());
  const leftOf = async (page: Page) =>
    (await itemsOf(page)).filter((item) => item.startsWith(`${name} left `));

  it('loses nothing: the next page stores what it has left behind, each event once', async () => {
    await stage.collector.stop();
    const { page, ids } = await sendOn({}, { count: 20 });
    expect((await leftOf(page)).length).toBeGreaterThan(0);
    await createClient(page, { writeKey, endpoint: stage.proxy.url });
    await until('all are stored', async () => (await queuedRows(page)) === 21);
    await until('nothing is left behind', async () => (await leftOf(page)).length === 0);
    await stage.collector.start();
    await page.evaluate(() => analytics.flush());
    await until('all arrive', () => arrived() === 21);
    expect(stage.collector.eventIds).toEqual(expect.arrayContaining(ids));
    const seqs = stage.collector.events.map(({ queue }) => (queue as QueuePosition).seq);
    expect(seqs.sort((a, b) => a - b)).toEqual(ids.map((_, i) => i + 1).concat(21));
  });

  it.each([true, false])('loses nothing, whether its database opens or not (%s)', async (opens) => {
    const { page, ids } = await sendOn({}, { count: 200, padBytes: 200, opens });
    await createClient(page, { writeKey, endpoint: stage.proxy.url });
    await until('all arrive', () => arrived() === 201);
    expect(stage.collector.eventIds).toEqual(expect.arrayContaining(ids));
  });

  it('loses nothing where another tab sends, which stores it at once', async () => {
    const holder = await stage.open();
    const { ids } = await sendOn();
    await until('both arrive', () => arrived() === 2);
    expect(stage.collector.eventIds).toContain(ids[0]);
    await until('nothing is left behind', async () => (await leftOf(holder)).length === 0);
  });

  it('leaves at most 1 MB behind', async () => {
    const { page } = await sendOn({}, { count: 60, padBytes: 20_000 });
    const left = await page.evaluate(() => Object.values(localStorage).join('').length);
    expect(left).toBeGreaterThan(900_000);
    expect(left).toBeLessThan(1_010_000);
    await createClient(page, { writeKey, endpoint: stage.proxy.url });
    await until('what fitted arrives', () => arrived() > 40);
  });

  it('leaves nothing behind while consent is undecided', async () => {
    const { page } = await sendOn({ consent: 'pending' });
    expect(await itemsOf(page)).toEqual([]);
  });

  it('leaves nothing behind for a visitor who has denied, there or on a page before', async () => {
    const { page } = await sendOn({ consent: 'denied' });
    expect(await itemsOf(page)).toEqual([`${name} denied`]);
    const { page: next } = await sendOn();
    expect(await leftOf(next)).toEqual([]);
    expect(stage.proxy.requests).toEqual([]);
  });

  it('left behind, is dropped by a denial that comes before the next page stores it', async () => {
    const { page } = await sendOn();
    await createClient(page, { writeKey, endpoint: stage.proxy.url, consent: 'denied' });
    expect(await itemsOf(page)).toEqual([`${name} denied`]);
    const granted = await stage.open({ consent: 'granted' });
    await granted.evaluate(() => analytics.flush());
    expect(arrived()).toBe(0);
  });
});
