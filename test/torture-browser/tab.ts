import type { CDPSession, Page } from 'playwright-core';
import type { AnalyticsOptions } from '../../packages/sdk-browser/src/index.js';
import { queuedRows } from '../../packages/sdk-browser/test/support/queued-rows.js';
import type { Burst } from './page-program.js';
import type { RunRecord } from './run-record.js';

/** A tab with a client. */
export class Tab {
  readonly page: Page;
  readonly devtools: CDPSession;
  readonly #options: AnalyticsOptions;

  constructor(page: Page, devtools: CDPSession, options: AnalyticsOptions) {
    this.page = page;
    this.devtools = devtools;
    this.#options = options;
  }

  /** Loads a page of the torture and opens its client. */
  async load(url: string): Promise<void> {
    await this.page.goto(url);
    await this.openClient();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.openClient();
  }

  openClient(): Promise<void> {
    return this.page.evaluate((options) => torture.open(options), this.#options);
  }

  /** Tracks so many events in one task; resolves when that has ended. */
  track(run: RunRecord, count: number, padBytes = 200): Promise<void> {
    const burst: Burst = { run: run.id, count, padBytes };
    return this.page.evaluate((burst) => void torture.burst(burst), burst);
  }

  /** The same; resolves when they are stored. */
  store(run: RunRecord, count: number, padBytes = 200): Promise<void> {
    const burst: Burst = { run: run.id, count, padBytes };
    return this.page.evaluate((burst) => torture.burst(burst), burst);
  }

  /** Sends what waits; resolves with the events that wait still, in memory or in the database. */
  async pending(): Promise<number> {
    const report = await this.page.evaluate(() => torture.flush(1_000));
    return Math.max(report.pending, await queuedRows(this.page));
  }
}
