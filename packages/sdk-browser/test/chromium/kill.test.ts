import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { queuedRows } from '../support/queued-rows.js';
import { stageEachTest, trackStored } from '../support/stage.js';
import { logPath, tearLog } from '../support/torn-log.js';
import { until } from '../support/until.js';

describe.skipIf(!needs('chromium'))('a browser that is killed', () => {
  const stage = stageEachTest({ hasOwnBrowser: true });

  it('delivers each stored event exactly once, though the collector was down', async () => {
    await stage.collector.stop();
    const page = await stage.open();
    const ids = await trackStored(page, 300);
    await stage.chromium.kill();
    await stage.collector.start();

    stage.context = await stage.chromium.start();
    const next = await stage.open();
    await until('all events arrive', () => stage.collector.eventIds.length >= ids.length);
    await until('the queue is empty', async () => (await queuedRows(next)) === 0);
    expect(stage.collector.eventIds.sort()).toEqual(ids.sort());
  });

  it('keeps what is stored though the kill has torn the log of the browser itself', async () => {
    await stage.collector.stop();
    const page = await stage.open();
    const ids = await trackStored(page, 50);
    await stage.chromium.kill();
    const { profile } = stage.chromium;
    tearLog(profile);
    const torn = logPath(profile);

    stage.context = await stage.chromium.start();
    ids.push(...(await trackStored(await stage.open(), 5)));
    // Behind the tear it would be unreadable, and Chromium would delete all of it. The old log goes
    // when what was in it is elsewhere; for a moment before that there are two.
    await until('the torn log is put away', () => !existsSync(torn), 5_000);
    await stage.chromium.kill();

    await stage.collector.start();
    stage.context = await stage.chromium.start();
    await stage.open();
    await until('all events arrive', () => stage.collector.eventIds.length >= ids.length);
    expect(stage.collector.eventIds.sort()).toEqual(ids.sort());
  });

  it('keeps what was tracked in the last task of a tab that never ran again', async () => {
    await stage.collector.stop();
    const [page, witness] = [await stage.open(), await stage.open()];
    await trackStored(page, 1);
    // The tab never sees its transaction complete: the rest of the task goes on for ever.
    const tracked = page.evaluate(() => {
      analytics.track('Last words');
      queueMicrotask(() => {
        for (;;);
      });
    });
    tracked.catch(() => undefined);
    await until('the row is there', async () => (await queuedRows(witness)) === 2);
    await stage.chromium.kill();

    await stage.collector.start();
    stage.context = await stage.chromium.start();
    await stage.open();
    await until('both events arrive', () => stage.collector.eventIds.length === 2);
    expect(stage.collector.events.map(({ event }) => event)).toContain('Last words');
  });

  it('sends again what was in flight when the page was reloaded, and counts it once', async () => {
    stage.proxy.fault = 'lose-answer';
    const page = await stage.open();
    const ids = await trackStored(page, 120);
    await until('a request is under way', () => stage.proxy.requests.length > 0);
    await page.reload();
    stage.proxy.fault = undefined;
    const next = await stage.open();
    await until('the queue is empty', async () => (await queuedRows(next)) === 0);
    expect(stage.collector.eventIds.sort()).toEqual(ids.sort());
  });
});
