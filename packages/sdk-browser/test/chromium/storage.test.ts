import { describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { queuedRows } from '../support/queued-rows.js';
import { stageEachTest, trackStored } from '../support/stage.js';
import { writeKey } from '../support/test-collector.js';
import { until } from '../support/until.js';

describe.skipIf(!needs('chromium'))('the queue in a real browser', () => {
  const stage = stageEachTest();
  const arrived = () => stage.collector.eventIds.length;

  it('says storage_full when the quota is used up, keeps the events, and recovers', async () => {
    await stage.collector.stop();
    const devtools = await stage.context.newCDPSession(await stage.context.newPage());
    const origin = new URL(stage.pages.url).origin;
    // Before the database is first opened: Chromium remembers for a while how much room there is.
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 200_000 });
    const page = await stage.open();
    await trackStored(page, 1);
    await page.evaluate(() => {
      for (let i = 0; i < 20; i++) analytics.track('Big', { text: 'x'.repeat(20_000) });
    });
    await until('it is told', () =>
      page.evaluate(() =>
        heard.some(
          ([name, error]) =>
            name === 'error' && (error as { code: string }).code === 'storage_full',
        ),
      ),
    );
    const stored = () => page.evaluate(() => heard.filter(([name]) => name === 'stored').length);
    expect(await stored()).toBe(1);
    expect(await queuedRows(page)).toBe(1);

    await devtools.send('Storage.overrideQuotaForOrigin', { origin });
    await until('it is stored after all', async () => (await queuedRows(page)) === 21);
    await stage.collector.start();
    await until('all arrive', () => arrived() === 21);
  });

  it('delivers from memory, and says so, where IndexedDB is refused', async () => {
    // The sender of the tabs that have storage cannot reach this one's memory.
    await stage.open();
    const page = await stage.context.newPage();
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('refused', 'SecurityError');
      };
    });
    await page.goto(stage.pages.url);
    const result = await page.evaluate(
      async ([writeKey, endpoint]) => {
        const client = Holdfast.createAnalytics({ writeKey, endpoint });
        const codes: string[] = [];
        client.on('error', ({ code }) => codes.push(code));
        client.track('Clicked');
        const report = await client.flush();
        return { report, codes, durability: client.durability };
      },
      [writeKey, stage.proxy.url] as const,
    );
    expect(result.codes).toContain('storage_unavailable');
    expect(result.durability).toBe('memory');
    expect(result.report.delivered).toBe(1);
    expect(arrived()).toBe(1);
  });

  it('waits in memory while the open hangs, and moves to the database when it opens', async () => {
    await stage.collector.stop();
    const page = await stage.context.newPage();
    await page.addInitScript(() => {
      const { open } = IDBFactory.prototype;
      const opened = new Promise<void>((resolve) => {
        Object.assign(globalThis, { letOpen: resolve });
      });
      IDBFactory.prototype.open = function (name: string) {
        // A request that answers when it is let, as one that waits for another connection does.
        const request = {} as Record<string, unknown>;
        void opened.then(() => {
          const real = open.call(this, name);
          real.onupgradeneeded = () => {
            request.result = real.result;
            (request.onupgradeneeded as () => void)();
          };
          real.onsuccess = () => {
            request.result = real.result;
            (request.onsuccess as () => void)();
          };
        });
        return request as unknown as IDBOpenDBRequest;
      };
    });
    await page.goto(stage.pages.url);
    await page.evaluate(
      ([writeKey, endpoint]) => {
        globalThis.analytics = Holdfast.createAnalytics({ writeKey, endpoint });
        globalThis.heard = [];
        analytics.on('error', ({ code }) => heard.push(['error', code]));
        analytics.track('Clicked');
      },
      [writeKey, stage.proxy.url] as const,
    );
    await until('it says that it has no storage', () =>
      page.evaluate(() => heard.some(([, code]) => code === 'storage_unavailable')),
    );
    expect(await page.evaluate(() => analytics.durability)).toBe('memory');
    await page.evaluate(() => Reflect.get(globalThis, 'letOpen')());
    await page.evaluate(() => analytics.stored());
    expect(await queuedRows(page)).toBe(1);
    expect(await page.evaluate(() => analytics.durability)).toBe('process');
  });

  it('gives way when the database is deleted, and begins a new one', async () => {
    const page = await stage.open();
    await trackStored(page, 1);
    await until('it arrives', () => arrived() === 1);
    const outcome = await page.evaluate(
      (name) =>
        new Promise((resolve) => {
          const deleting = indexedDB.deleteDatabase(name);
          deleting.onsuccess = () => resolve('deleted');
          deleting.onblocked = () => resolve('blocked');
        }),
      `holdfast:${writeKey}`,
    );
    expect(outcome).toBe('deleted');
    await trackStored(page, 1);
    await until('it arrives', () => arrived() === 2);
  });

  it('stores with the durability that was asked for', async () => {
    const page = await stage.context.newPage();
    await page.addInitScript(() => {
      const { transaction } = IDBDatabase.prototype;
      Object.assign(globalThis, { durabilities: new Set() });
      IDBDatabase.prototype.transaction = function (names, mode, options) {
        if (mode === 'readwrite') Reflect.get(globalThis, 'durabilities').add(options?.durability);
        return transaction.call(this, names, mode, options);
      };
    });
    await page.goto(stage.pages.url);
    const used = await page.evaluate(
      async ([writeKey, endpoint]) => {
        const client = Holdfast.createAnalytics({ writeKey, endpoint, durability: 'power' });
        client.track('Clicked');
        await client.stored();
        return [client.durability, ...Reflect.get(globalThis, 'durabilities')];
      },
      [writeKey, stage.proxy.url] as const,
    );
    expect(used).toEqual(['power', 'strict']);
  });
});

describe.skipIf(!needs('chromium'))('the queue in a real browser', () => {
  const stage = stageEachTest();

  it('keeps two write keys of one origin apart', async () => {
    await stage.collector.stop();
    const page = await stage.open();
    await trackStored(page, 2);
    await page.evaluate(async (endpoint) => {
      const other = Holdfast.createAnalytics({ writeKey: 'other', endpoint });
      other.track('Elsewhere');
      await other.stored();
      other.setConsent('denied');
    }, stage.proxy.url);
    expect(await queuedRows(page)).toBe(2);
    await stage.collector.start();
    await until('its own arrive', () => stage.collector.eventIds.length === 2);
  });
});
