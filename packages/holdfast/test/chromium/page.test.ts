import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { HoldfastProcess } from '../support/holdfast-process.js';

const hasChromium = needs('chromium');
const within = { timeout: 40_000, interval: 100 };

describe.skipIf(!hasChromium)('the page', () => {
  let browser: Browser;
  let dataFolder: string;
  let server: HoldfastProcess;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'holdfast-page-'));
    server = await HoldfastProcess.start({ dataFolder });
    page = await (await browser.newContext()).newPage();
    faults.length = 0;
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      // A request that a stopped server refuses or breaks off is what these tests are about.
      const broken = /ERR_(CONNECTION_\w+|EMPTY_RESPONSE|INCOMPLETE_\w+|SOCKET_\w+)|503/;
      const isRefusal = broken.test(message.text());
      if (message.type() === 'error' && !isRefusal) faults.push(message.text());
    });
    await page.goto(`${server.url}/`);
  });

  afterEach(async () => {
    await page.context().close();
    await server.end('SIGKILL');
    rmSync(dataFolder, { recursive: true, force: true });
    expect(faults).toEqual([]);
  });

  const text = (id: string) => page.locator(`#${id}`).innerText();

  async function ledger(): Promise<string> {
    const terms = ['tracked', 'counted', 'pending', 'rejected', 'dropped'];
    const values = await Promise.all(terms.map(text));
    return `${values.join(' ')} ${await text('verdict')}`;
  }

  it('adds up after a thousand events, one sent twice and a bad one', async () => {
    await page.click('#track');
    await page.click('#twice');
    await page.click('#bad');
    await expect.poll(ledger, within).toBe('1,002 1,001 0 1 0 adds up ✓');
    await expect.poll(() => text('copies'), within).toBe('1 (1 at the door)');
    expect(await text('others')).toBe('0 counted, 0 rejected');
    expect(await text('rejections')).toContain('invalid_timestamp');
    expect(await text('top')).toMatch(/Product Viewed\s+550/);
    expect(await text('latest')).toContain('Sent Twice');
    expect(await text('curl')).toContain(`${server.url}/v1/events`);
  });

  it('keeps every click while the server is down; after its restart the count matches', async () => {
    await page.click('#track');
    await expect.poll(ledger, within).toBe('1,000 1,000 0 0 0 adds up ✓');
    const { port } = server;
    await server.end('SIGKILL');
    await page.click('#track');
    await page.click('#twice');
    await expect.poll(() => text('status'), within).toBe('collector is down, 1,001 waiting');
    await expect.poll(ledger, within).toBe('2,001 1,000 1,001 0 0 adds up ✓');
    server = await HoldfastProcess.start({ dataFolder, port });
    await expect.poll(ledger, within).toBe('2,001 2,001 0 0 0 adds up ✓');
    await expect.poll(() => text('copies'), within).toMatch(/^1 /);
    await expect.poll(() => text('status'), within).toBe('collector is up');
    await page.reload();
    await expect.poll(ledger, within).toBe('2,001 2,001 0 0 0 adds up ✓');
  });

  it('shows what waits while the sink is down', async () => {
    await page.click('#sink');
    await expect.poll(() => text('status'), within).toMatch(/^sink is down for \d+ s$/);
    await page.click('#track');
    await expect.poll(() => text('status'), within).toMatch(/^sink is down .* 1,000 waiting$/);
    await expect.poll(ledger, within).toBe('1,000 0 1,000 0 0 adds up ✓');
    expect(await page.locator('#sink').isDisabled()).toBe(true);
  });

  it('keeps the browser’s ledger apart from what other clients send', async () => {
    await page.click('#bad');
    const other = await (await browser.newContext()).newPage();
    await other.goto(`${server.url}/`);
    await other.click('#track');
    await expect.poll(() => text('others'), within).toBe('1,000 counted, 0 rejected');
    await expect.poll(ledger, within).toBe('1 0 0 1 0 adds up ✓');
    await other.context().close();
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.click('#track');
    await expect.poll(ledger, within).toBe('1,000 1,000 0 0 0 adds up ✓');
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
  });
});
