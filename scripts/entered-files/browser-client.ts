import type { CDPSession } from 'playwright-core';
import { Chromium } from '../../packages/sdk-browser/test/support/chromium.js';
import { type AllInOne, writeKey } from './all-in-one.js';
import { enteredFiles, type ReadEntered } from './file-coverage.js';
import type { Client } from './journey.js';
import { ModuleServer } from './module-server.js';

/** The browser SDK on a page in a real Chromium, on another origin than the server. */
export async function createBrowserClient({ url }: AllInOne): Promise<Client> {
  const modules = await ModuleServer.start();
  const chromium = await Chromium.create();
  const close = async () => {
    await chromium.dispose();
    modules.stop();
  };
  try {
    const context = await chromium.start();
    const page = await context.newPage();
    const readEntered = await startCoverage(await context.newCDPSession(page));
    await page.goto(modules.url);
    await page.evaluate(creation(url));
    return { track: (event) => page.evaluate(tracking(event)), readEntered, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startCoverage(session: CDPSession): Promise<ReadEntered> {
  await session.send('Profiler.enable');
  await session.send('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return async () => enteredFiles((await session.send('Profiler.takePreciseCoverage')).result);
}

// Text, not functions: tsx would have these call helpers of its own, which no page has.

function creation(endpoint: string): string {
  return `import('/packages/sdk-browser/src/index.js').then(({ createAnalytics }) => {
    globalThis.analytics = createAnalytics(${JSON.stringify({ writeKey, endpoint })});
  })`;
}

function tracking(event: string): string {
  return `analytics.track(${JSON.stringify(event)}); analytics.flush().then(() => undefined)`;
}
