/** What a test in Chromium plays on: a browser, a page's server, a collector, and a proxy to it. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterEach, beforeEach } from 'vitest';
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

/** Sets the stage before each test and clears it afterwards, whatever happened. */
export function stageEachTest(options: ChromiumOptions = {}): Stage {
  const stage = { open } as { -readonly [Key in keyof Stage]: Stage[Key] };

  beforeEach(async () => {
    stage.chromium = await Chromium.create();
    script ??= buildScript();
    stage.pages = await TestPageServer.start(await script);
    stage.collector = new TestCollector();
    await stage.collector.start();
    stage.proxy = await FaultProxy.start(() => stage.collector.url);
    stage.context = await stage.chromium.start(options);
  });
  afterEach(async () => {
    await stage.chromium?.dispose();
    await Promise.all([stage.pages?.stop(), stage.proxy?.stop(), stage.collector?.stop()]);
  });

  async function open(options: Partial<AnalyticsOptions> = {}): Promise<Page> {
    const page = await stage.context.newPage();
    await page.goto(stage.pages.url);
    await createClient(page, { writeKey, endpoint: stage.proxy.url, ...options });
    return page;
  }

  return stage;
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
