import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { isHolder } from '../support/is-holder.js';
import { queuedRows } from '../support/queued-rows.js';
import { type Stage, stageEachTest, trackStored } from '../support/stage.js';
import { until } from '../support/until.js';

declare global {
  var hasRobbed: boolean | undefined;
  function standStill(): void;
}

describe.skipIf(!needs('chromium'))('tabs of one origin', () => {
  const stage = stageEachTest();

  it('deliver 400 of 400 from two tabs after an outage and a reload, none twice', async () => {
    await stage.collector.stop();
    const [first, second] = [await stage.open(), await stage.open()];
    const ids = (await Promise.all([trackStored(first, 150), trackStored(second, 150)])).flat();
    await first.reload();
    const third = await stage.open();
    ids.push(...(await trackStored(third, 100)));

    await stage.collector.start();
    await until('all arrive', () => stage.collector.eventIds.length >= 400, 40_000);
    await until('the queue is empty', async () => (await queuedRows(second)) === 0);
    expect(stage.collector.eventIds.sort()).toEqual(ids.sort());
  });

  it('send through one of them, and tell the others how their events ended', async () => {
    const [first, second] = [await stage.open(), await stage.open()];
    await trackStored(first, 3);
    await until('the first sends', () => stage.collector.eventIds.length === 3);
    await trackStored(second, 5);
    const report = await second.evaluate(() => analytics.flush());
    expect(report).toEqual({ delivered: 5, rejected: 0, pending: 0, dropped: 0 });
    // `delivered` is a diagnostic of the tab that sends.
    expect(await heard(second, 'delivered')).toEqual([]);
    expect(await heard(first, 'delivered')).not.toEqual([]);
  });

  it('report pending events of a tab that does not send while the collector is down', async () => {
    const [, second] = [await stage.open(), await stage.open()];
    await stage.collector.stop();
    await trackStored(second, 5);
    const report = await second.evaluate(() => analytics.flush({ timeoutMs: 5_000 }));
    expect(report).toEqual({ delivered: 0, rejected: 0, pending: 5, dropped: 0 });
  });

  it('go on sending when the one that sends is closed', async () => {
    const [first, second] = [await stage.open(), await stage.open()];
    await trackStored(first, 1);
    await until('the first sends', () => stage.collector.eventIds.length === 1);
    await first.close();
    await trackStored(second, 2);
    await until('the second sends', () => stage.collector.eventIds.length === 3);
  });

  it('go on after the back button', async () => {
    const page = await stage.open();
    await trackStored(page, 1);
    await until('it arrives', () => stage.collector.eventIds.length === 1);
    await page.goto('about:blank');
    await page.goBack({ waitUntil: 'commit' });
    const isBack = await page.evaluate(() => 'analytics' in globalThis);
    // Kept or loaded anew is the browser's choice; a page that was kept must still deliver.
    if (isBack) {
      await trackStored(page, 1);
      await until('it arrives too', () => stage.collector.eventIds.length === 2);
    }
    const next = await stage.open();
    await trackStored(next, 1);
    await until('the next page delivers', () => stage.collector.eventIds.length > 1);
  });

  it('store while another one stands still in the middle of a read', async () => {
    const [first, second] = [await stage.open(), await stage.open()];
    await trackStored(first, 1);
    await until('the first sends', () => stage.collector.eventIds.length === 1);

    const release = letStandStill(stage);
    await first.evaluate(defineStandStill);
    await first.evaluate(() => {
      // The queue is counted when it looks empty; what this tab stored was leased without reading.
      const { getAllKeys } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.getAllKeys = function (...range) {
        queueMicrotask(standStill);
        return Reflect.apply(getAllKeys, this, range);
      };
    });
    const tracked = first.evaluate(() => void analytics.track('Clicked'));
    await until('it stands still', () => stage.pages.asked.includes('/stands-still'));
    let isStored = false;
    const storing = trackStored(second, 1).then(
      () => {
        isStored = true;
      },
      // The test has failed by then, and its browser is gone.
      () => undefined,
    );
    await until('the second has stored', () => isStored);
    release();
    await Promise.all([tracked, storing]);
    await until('all arrive', () => stage.collector.eventIds.length === 3);
  });

  it('send the rows of a tab that was closed before it could tell of them', async () => {
    const first = await stage.open();
    await trackStored(first, 1);
    const second = await stage.open();
    // Only what an open database was given outlives the tab.
    await trackStored(second, 1);
    await second.evaluate(() => {
      analytics.track('Left');
    });
    await second.close();
    await until('all arrive', () => stage.collector.eventIds.length === 3);
  });
});

describe.skipIf(!needs('chromium'))('tabs of one origin, one of which stands still', () => {
  const stage = stageEachTest();

  it('rob a holder that stands still, which notices when it runs again', async () => {
    const [first, second] = [await stage.open(), await stage.open()];
    await trackStored(first, 1);
    await until('the first sends', () => stage.collector.eventIds.length === 1);

    const release = await block(stage, first);
    const ids = await trackStored(second, 20);
    await until('the second takes over', () => stage.collector.eventIds.length === 21, 40_000);
    await release();
    // The first one runs again: what it tracks now is sent by the second.
    ids.push(...(await trackStored(first, 5)));
    await until('its events arrive', () => stage.collector.eventIds.length === 26);
    expect(new Set(stage.collector.eventIds).size).toBe(26);
    expect(stage.collector.eventIds).toEqual(expect.arrayContaining(ids));
    expect((await heard(second, 'delivered')).length).toBeGreaterThan(0);
    expect(await isHolder(first)).toBe(false);
  });

  it('count an event once whose verdict reaches the robbed holder late', async () => {
    const [first, second] = [await stage.open(), await stage.open()];
    stage.proxy.fault = 'hold-answer';
    await trackStored(first, 5);
    await until('the first has sent them', () => stage.collector.eventIds.length === 5);
    stage.proxy.fault = undefined;
    const release = await block(stage, first);
    await trackStored(second, 1);
    await until('the second takes over', () => stage.collector.eventIds.length === 6, 40_000);
    await until('the queue is empty', async () => (await queuedRows(second)) === 0);
    stage.proxy.letGo();
    await release();
    for (const [page, delivered] of [
      [first, 5],
      [second, 1],
    ] as const) {
      const report = await page.evaluate(() => analytics.flush({ timeoutMs: 2_000 }));
      expect(report).toEqual({ delivered, rejected: 0, pending: 0, dropped: 0 });
    }
    expect(stage.collector.eventIds).toHaveLength(6);
  });
});

describe.skipIf(!needs('chromium'))('a tab behind another one', () => {
  const stage = stageEachTest({ hidesBackgroundTabs: true });

  it('hands the lock over to a visible tab that has something to send', async () => {
    await stage.context.addInitScript(noteRobbery);
    const first = await stage.open();
    await trackStored(first, 1);
    await until('the first sends', () => stage.collector.eventIds.length === 1);
    const second = await stage.open();
    await trackStored(second, 1);
    await until('it is sent', () => stage.collector.eventIds.length === 2);
    await until('the second holds the lock', () => isHolder(second));
    expect(await second.evaluate(() => globalThis.hasRobbed)).toBeUndefined();
    await trackStored(second, 1);
    await until('it is sent, too', () => stage.collector.eventIds.length === 3);
    await until('the second sent', async () => (await heard(second, 'delivered')).length > 0);
  });
});

describe.skipIf(!needs('chromium'))('a tab that stands still behind another one', () => {
  const stage = stageEachTest({ hidesBackgroundTabs: true });

  it('is followed when the browser freezes it in the middle of a request', async () => {
    const [first, second] = [await stage.open(), await stage.open()];
    await first.bringToFront();
    await trackStored(first, 1);
    await until('the first holds the lock', () => isHolder(first));
    await until('the first sends', () => stage.collector.eventIds.length === 1);

    stage.proxy.fault = 'hang';
    const asked = stage.proxy.requests.length;
    await trackStored(first, 2);
    await until('a request is under way', () => stage.proxy.requests.length > asked);
    stage.proxy.fault = undefined;
    await first.evaluate(() => {
      document.addEventListener('freeze', () => localStorage.setItem('frozen', 'yes'));
    });
    await second.bringToFront();
    const devtools = await stage.context.newCDPSession(first);
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    await until('it is frozen', () => second.evaluate(() => localStorage.frozen === 'yes'));
    await trackStored(second, 2);
    await until('the second sends for both', () => stage.collector.eventIds.length === 5);

    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    await trackStored(first, 2);
    await until('what the first tracks is sent', () => stage.collector.eventIds.length === 7);
  });
});

/** From now on a page's `standStill` does not return until what this returns is called. */
function letStandStill({ pages: { pages } }: Stage): () => void {
  pages.set('/stands-still', 'yes');
  return () => void pages.delete('/stands-still');
}

/** Has a page stand still; what this resolves with has it go on. */
async function block(stage: Stage, page: Page): Promise<() => Promise<void>> {
  const release = letStandStill(stage);
  await page.evaluate(defineStandStill);
  const stuck = page.evaluate(() => standStill());
  // If the test fails meanwhile, its browser goes.
  stuck.catch(() => undefined);
  await until('it stands still', () => stage.pages.asked.includes('/stands-still'));
  return () => {
    release();
    return stuck;
  };
}

/** For a page: what keeps its only thread busy, so that nothing of it runs meanwhile. */
function defineStandStill(): void {
  globalThis.standStill = () => {
    const ask = new XMLHttpRequest();
    do {
      const end = performance.now() + 50;
      while (performance.now() < end);
      ask.open('GET', '/stands-still', false);
      ask.send();
    } while (ask.responseText === 'yes');
  };
}

/** For a page: notes that it took a lock from another tab instead of being given it. */
function noteRobbery(): void {
  const { request } = LockManager.prototype;
  LockManager.prototype.request = function (...args: unknown[]) {
    globalThis.hasRobbed ||= (args[1] as LockOptions).steal;
    return Reflect.apply(request, this, args);
  };
}

function heard(page: Page, name: string): Promise<unknown[]> {
  return page.evaluate(
    (name) => globalThis.heard.filter(([heardName]) => heardName === name),
    name,
  );
}
