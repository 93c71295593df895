/** What a test in Chromium plays on: a browser, a page's server, a collector, and a proxy to it. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach } from 'vitest';
import type * as DeadLetters from '../../src/dead-letters.js';
import type * as HoldfastModule from '../../src/index.js';
import type { AnalyticsOptions } from '../../src/index.js';
import { Chromium, type ChromiumOptions } from './chromium.js';
import { FaultProxy } from './fault-proxy.js';
import { TestCollector, writeKey } from './test-collector.js';
import { buildScript, TestPageServer } from './test-page-server.js';

declare global {
  // What the `<script>` build and the test's pages define.
  var Holdfast: typeof HoldfastModule & typeof DeadLetters;
  var analytics: HoldfastModule.BrowserAnalytics;
  /** Diagnostics as they came: name and detail. */
  var heard: [string, unknown][];
}

export interface Stage {
  readonly chromium: Chromium;
  readonly pages: TestPageServer;
  readonly collector: TestCollector;
  readonly proxy: FaultProxy;
  context: BrowserContext;
  /** A new tab with a client; `options` beside write key and endpoint (the proxy). */
  open(options?: Partial<AnalyticsOptions>): Promise<Page>;
}

let script: Promise<string> | undefined;

export interface StageOptions extends ChromiumOptions {
  /** For tests that kill the browser or look into its profile. */
  readonly hasOwnBrowser?: boolean;
}

/**
 * Sets the stage before each test and clears it afterwards, whatever happened. The tests of a file
 * share a browser: each has an origin, and so a storage, of its own.
 */
export function stageEachTest({ hasOwnBrowser = false, ...options }: StageOptions = {}): Stage {
  const stage = { open } as { -readonly [Key in keyof Stage]: Stage[Key] };

  beforeEach(async () => {
    script ??= buildScript();
    stage.pages = await TestPageServer.start(await script);
    stage.collector = new TestCollector();
    await stage.collector.start();
    stage.proxy = await FaultProxy.start(() => stage.collector.url);
    if (stage.chromium?.isRunning) return;
    stage.chromium = await Chromium.create();
    stage.context = await stage.chromium.start(options);
  });
  afterEach(async ({ task }) => {
    const isShared = !hasOwnBrowser && stage.chromium?.isRunning && task.result?.state === 'pass';
    await (isShared ? clear(stage.context) : stage.chromium?.dispose());
    await Promise.all([stage.pages?.stop(), stage.proxy?.stop(), stage.collector?.stop()]);
  });
  afterAll(() => stage.chromium?.dispose());

  async function open(options: Partial<AnalyticsOptions> = {}): Promise<Page> {
    const page = await stage.context.newPage();
    await page.goto(stage.pages.url);
    await createClient(page, { writeKey, endpoint: stage.proxy.url, ...options });
    return page;
  }

  return stage;
}

/** Closes what a test has opened; without the tab that it began with, the browser would end. */
async function clear(context: BrowserContext): Promise<void> {
  const [, ...opened] = context.pages();
  await Promise.all(opened.map((page) => page.close()));
  await context.clearCookies();
}

/** Creates the page's client, and keeps its diagnostics. */
export function createClient(page: Page, options: AnalyticsOptions): Promise<void> {
  return page.evaluate((given) => {
    globalThis.analytics = Holdfast.createAnalytics({ flushIntervalMs: 50, ...given });
    globalThis.heard = [];
    for (const name of ['stored', 'delivered', 'dropped', 'retrying', 'error'] as const) {
      analytics.on(name, (detail: unknown) =>
        heard.push([
          name,
          detail instanceof Error ? { code: Reflect.get(detail, 'code') } : detail,
        ]),
      );
    }
  }, options);
}

/** Tracks so many events; resolves with their ids once they are stored. */
export function trackStored(page: Page, count: number, name = 'Clicked'): Promise<string[]> {
  return page.evaluate(
    async ([count, name]) => {
      const ids = Array.from({ length: count }, (_, i) => analytics.track(name, { i }));
      await analytics.stored();
      return ids;
    },
    [count, name] as const,
  );
}
