import type { BatchRequest, Transport } from '@holdfast/sdk-core/ports';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { describeTransport } from '../../../sdk-core/test/contract/transport-contract.js';
import { Chromium } from '../support/chromium.js';
import { buildPageScript, TestPageServer } from '../support/test-page-server.js';

describe.skipIf(!needs('chromium'))('in Chromium', () => {
  let chromium: Chromium;
  let pages: TestPageServer;
  let context: BrowserContext;

  beforeAll(async () => {
    chromium = await Chromium.create();
    pages = await TestPageServer.start(
      await buildPageScript('packages/sdk-browser/test/support/transport-page.ts'),
    );
    context = await chromium.start();
  });
  afterAll(async () => {
    await chromium?.dispose();
    await pages?.stop();
  });

  describeTransport('FetchTransport', async () => {
    const page = await context.newPage();
    await page.goto(pages.url);
    return { transport: new PageTransport(page), dispose: () => page.close() };
  });
});

/** The page's transport, from here. */
class PageTransport implements Transport {
  readonly #page: Page;
  #count = 0;

  constructor(page: Page) {
    this.#page = page;
  }

  send({ signal, ...rest }: BatchRequest) {
    const id = this.#count++;
    // Messages to the page keep their order, so what is aborted already is so before it is sent.
    signal.onAbort(() => void this.#page.evaluate((id) => abortBatch(id), id));
    const events = rest.events.map((event) => (typeof event === 'string' ? event : [...event]));
    return this.#page.evaluate(([id, request]) => sendBatch(id, request), [
      id,
      { ...rest, events },
    ] as const);
  }

  close(): Promise<void> {
    return this.#page.evaluate(() => closeTransport());
  }
}
