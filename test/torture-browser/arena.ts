/** Where one scenario plays: a browser and its pages, and behind them a proxy and a collector. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import type { AnalyticsOptions } from '../../packages/sdk-browser/src/index.js';
import { Chromium } from '../../packages/sdk-browser/test/support/chromium.js';
import { FaultProxy } from '../../packages/sdk-browser/test/support/fault-proxy.js';
import { writeKey } from '../../packages/sdk-browser/test/support/test-collector.js';
import { TestPageServer } from '../../packages/sdk-browser/test/support/test-page-server.js';
import { until } from '../../packages/sdk-browser/test/support/until.js';
import { removeAtEnd, scratchFolder } from '../torture/processes/leftovers.js';
import { FileCollector } from './file-collector.js';
import { Tab } from './tab.js';
import { Witness } from './witness.js';

/** How long a queue may take to empty once nothing is wrong any more. */
const drainMs = 60_000;

/** The tests tell tabs apart by their processes: each must have its own. */
const moreFlags = ['--disable-features=ProcessPerSiteUpToMainFrameThreshold'];

export class Arena {
  readonly witness = new Witness();
  readonly chromium: Chromium;
  readonly collector: FileCollector;
  readonly proxy: FaultProxy;
  readonly #folder: string;
  readonly #script: string;
  readonly #forget: () => void;
  readonly #origins: TestPageServer[] = [];
  #context: BrowserContext | undefined;

  /** The browser is not started yet. */
  static async open(script: string, given?: Chromium): Promise<Arena> {
    const folder = scratchFolder('torture-browser');
    const collector = new FileCollector(folder);
    await collector.start();
    const proxy = await FaultProxy.start(() => collector.url);
    const chromium = given ?? new Chromium(join(folder, 'profile'));
    // Whatever ends this process ends the browser.
    const forget = removeAtEnd(() => void chromium.kill());
    return new Arena({ folder, script, collector, proxy, chromium, forget });
  }

  private constructor(parts: {
    readonly folder: string;
    readonly script: string;
    readonly collector: FileCollector;
    readonly proxy: FaultProxy;
    readonly chromium: Chromium;
    readonly forget: () => void;
  }) {
    this.#folder = parts.folder;
    this.#script = parts.script;
    this.collector = parts.collector;
    this.proxy = parts.proxy;
    this.chromium = parts.chromium;
    this.#forget = parts.forget;
  }

  /** The page's address, of an origin of its own since the last `newOrigin`. */
  get pageUrl(): string {
    return this.#origins.at(-1)!.url;
  }

  get context(): BrowserContext {
    return this.#context!;
  }

  /** From now on tabs have another origin, so another queue, than those before. */
  async newOrigin(): Promise<void> {
    this.#origins.push(await TestPageServer.start(this.#script));
  }

  async startBrowser(): Promise<void> {
    this.#context = await this.chromium.start({ moreFlags, hidesBackgroundTabs: true });
  }

  async openTab(options: Partial<AnalyticsOptions> = {}): Promise<Tab> {
    const page = await this.context.newPage();
    const devtools = await this.witness.attend(page);
    const tab = new Tab(page, devtools, { writeKey, endpoint: this.proxy.url, ...options });
    await tab.load(this.pageUrl);
    return tab;
  }

  /** The network is well again. */
  heal(): void {
    this.proxy.fault = undefined;
    this.proxy.letGo();
  }

  /** Nothing is wrong any more: resolves when these tabs have delivered all. */
  async drain(...tabs: readonly Tab[]): Promise<void> {
    this.heal();
    await until(
      'the queue is empty',
      async () => {
        for (const tab of tabs) if ((await tab.pending()) > 0) return false;
        return true;
      },
      drainMs,
    );
  }

  async dispose(): Promise<void> {
    await this.chromium.dispose();
    this.#forget();
    await Promise.all([this.proxy, ...this.#origins].map((server) => server.stop()));
    await this.collector.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
