import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { queuedRows } from '../support/queued-rows.js';
import { stageEachTest, trackStored } from '../support/stage.js';
import { until } from '../support/until.js';

const title = 'requests from a page to a collector of another origin';

describe.skipIf(!needs('chromium'))(title, () => {
  const stage = stageEachTest();
  const arrived = () => stage.collector.eventIds.length;

  it('need no preflight, carry no credentials, and are compressed when that saves', async () => {
    const page = await stage.open();
    expect(await page.evaluate(() => document.cookie)).toBe('secret=1');
    await trackStored(page, 1);
    await until('one arrives', () => arrived() === 1);
    await trackStored(page, 50);
    await until('all arrive', () => arrived() === 51);

    const [plain, ...more] = stage.proxy.requests;
    expect(stage.proxy.requests.map(({ method }) => method)).not.toContain('OPTIONS');
    for (const { headers, url } of stage.proxy.requests) {
      expect(headers['content-type']).toMatch(/^text\/plain/);
      expect(headers).not.toHaveProperty('cookie');
      expect(headers).not.toHaveProperty('referer');
      expect(url.searchParams.get('writeKey')).toBe('test-key');
    }
    expect(plain!.url.searchParams.has('compression')).toBe(false);
    const gzipped = more.find(({ url }) => url.searchParams.get('compression') === 'gzip');
    expect(JSON.parse(gunzipSync(gzipped!.body).toString()).events.length).toBeGreaterThan(4);
  });

  it('obey a Retry-After that the collector sends with 503', async () => {
    stage.collector.sink.isDown = true;
    const page = await stage.open();
    await trackStored(page, 3);
    const retrying = () => page.evaluate(() => heard.filter(([name]) => name === 'retrying'));
    await until('it is told to wait', async () => (await retrying()).length > 0);
    expect((await retrying())[0]).toEqual([
      'retrying',
      // The clock goes on between the order and the look at it.
      { endpoint: stage.proxy.url, afterMs: expect.closeTo(1_000, -1), cause: 'sink_unavailable' },
    ]);
    stage.collector.sink.isDown = false;
    await until('all arrive', () => arrived() === 3);
  });

  // Without the header the page may not even read the answer; with it, the SDK has to judge it.
  const readable = { 'access-control-allow-origin': '*' };
  it.each([
    ['200 with HTML', { status: 200, headers: readable, body: '<html>Please log in</html>' }],
    ['200 that is hidden', { status: 200, body: '<html>Please log in</html>' }],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/login' } }],
    ['403 with HTML', { status: 403, headers: readable, body: '<html>Forbidden</html>' }],
    ['413 with HTML', { status: 413, headers: readable, body: '<html>Too large</html>' }],
    ['404', { status: 404, headers: readable }],
    ['a cut connection', 'cut'],
  ] as const)('lose nothing to a portal that answers %s', async (_what, fault) => {
    stage.proxy.fault = fault;
    const page = await stage.open();
    const ids = await trackStored(page, 10);
    await until('it was asked', () => stage.proxy.requests.length > 0);
    await until('it tries again later', () =>
      page.evaluate(() => heard.some(([name]) => name === 'retrying')),
    );
    expect(await queuedRows(page)).toBe(10);
    stage.proxy.fault = undefined;
    await page.evaluate(() => analytics.flush());
    await until('all arrive', () => arrived() === 10);
    expect(stage.collector.eventIds.sort()).toEqual(ids.sort());
    expect(await page.evaluate(() => heard.filter(([name]) => name === 'dropped'))).toEqual([]);
  });

  it('keep an event whose answer was lost, and count it once', async () => {
    stage.proxy.fault = 'lose-answer';
    const page = await stage.open();
    await trackStored(page, 5);
    await until('the collector has them', () => arrived() === 5);
    expect(await queuedRows(page)).toBe(5);
    stage.proxy.fault = undefined;
    const report = await page.evaluate(() => analytics.flush());
    expect(report.delivered).toBe(5);
    expect(arrived()).toBe(5);
    expect(await queuedRows(page)).toBe(0);
  });

  it('leave with the page: its last events arrive without a return', async () => {
    const page = await stage.open({ flushIntervalMs: 60_000 });
    // The page is the sender, and has its database open.
    await trackStored(page, 1);
    await page.evaluate(() => analytics.flush());
    await page.evaluate(() => {
      analytics.track('Read');
      addEventListener('pagehide', () => analytics.track('Left'));
    });
    await page.goto('about:blank');
    await until('both arrive', () => arrived() === 3);
    const names = stage.collector.events.map(({ event }) => event);
    expect(names.sort()).toEqual(['Clicked', 'Left', 'Read']);
  });

  it('send at most 16 KiB while the page goes away; the rest waits for the next page', async () => {
    const page = await stage.open({ flushIntervalMs: 60_000 });
    await trackStored(page, 1);
    await page.evaluate(() => analytics.flush());
    await page.evaluate(async () => {
      for (let i = 0; i < 40; i++) analytics.track('Read', { text: 'x'.repeat(1_000) });
      await analytics.stored();
    });
    await page.goto('about:blank');
    await until('some arrive', () => arrived() > 1);
    for (const { body } of stage.proxy.requests) expect(body.length).toBeLessThan(17_000);
    expect(arrived()).toBeLessThan(20);
    const next = await stage.open();
    await until('the rest arrives', () => arrived() === 41);
    await until('the queue is empty', async () => (await queuedRows(next)) === 0);
  });
});
