import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import type { Fault } from '../support/fault-proxy.js';
import { isHolder } from '../support/is-holder.js';
import { queuedRows } from '../support/queued-rows.js';
import { stageEachTest, trackStored } from '../support/stage.js';
import { until } from '../support/until.js';

/** What a collector answers that cannot read any event. */
const refusal: Fault = {
  status: 400,
  headers: {
    'access-control-allow-origin': '*',
    'content-type': 'application/problem+json',
  },
  body: JSON.stringify({
    ...{ type: 'about:blank', title: 'Refused', status: 400 },
    ...{ code: 'invalid_json', detail: 'why' },
  }),
};

describe.skipIf(!needs('chromium'))('dead letters in a real browser', () => {
  const stage = stageEachTest({ hasOwnBrowser: true });
  /** Without the reports of refusals, which the same answer may refuse. */
  const letters = async (page: Page) =>
    (await page.evaluate(() => Holdfast.deadLetters(analytics))).filter(
      ({ eventJson }) => !eventJson.includes('"type":"report"'),
    );
  const resend = (page: Page) => page.evaluate(() => Holdfast.resendDeadLetters(analytics));

  /** Has two events refused; resolves with their ids. */
  async function bury(page: Page): Promise<string[]> {
    stage.proxy.fault = refusal;
    const ids = await trackStored(page, 2);
    const report = await page.evaluate(() => analytics.flush());
    expect(report).toEqual({ delivered: 0, rejected: 2, pending: 0, dropped: 0 });
    return ids;
  }

  it('outlive a kill as such, and another once they are queued again, and then arrive', async () => {
    const ids = await bury(await stage.open());
    await stage.chromium.kill();
    stage.proxy.fault = 'cut';
    stage.context = await stage.chromium.start();
    const page = await stage.open();
    const kept = await letters(page);
    expect(kept).toMatchObject(Array(2).fill({ code: 'invalid_json', detail: 'why' }));
    expect(await resend(page)).toBeGreaterThanOrEqual(2);
    expect(await queuedRows(page)).toBeGreaterThanOrEqual(2);
    expect(await letters(page)).toEqual([]);
    await stage.chromium.kill();

    stage.proxy.fault = undefined;
    stage.context = await stage.chromium.start();
    const next = await stage.open();
    await next.evaluate(() => analytics.flush());
    await until('both arrive', () => stage.collector.eventIds.length === 2);
    await until('the queue is empty', async () => (await queuedRows(next)) === 0);
    expect(stage.collector.eventIds.sort()).toEqual(ids.sort());
    const texts = stage.collector.sink.events.map(({ bytes }) => new TextDecoder().decode(bytes));
    expect(texts).toEqual(expect.arrayContaining(kept.map(({ eventJson }) => eventJson)));
    expect(await letters(next)).toEqual([]);
  });

  it('are queued by one tab and sent by the one that sends', async () => {
    const [first, second] = [await stage.open(), await stage.open()];
    const ids = await bury(first);
    expect(await isHolder(first)).toBe(true);
    stage.proxy.fault = undefined;
    expect(await resend(second)).toBeGreaterThanOrEqual(2);
    await until('both arrive', () => stage.collector.eventIds.length === 2);
    expect(stage.collector.eventIds.sort()).toEqual(ids.sort());
    expect(await isHolder(first)).toBe(true);
    expect(await letters(first)).toEqual([]);
  });
});
