import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { Chromium } from '../support/chromium.js';
import type { CaseResult } from '../support/page-runner.js';
import { TestPageServer } from '../support/test-page-server.js';

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

async function runInChromium(): Promise<CaseResult[]> {
  const script = await build({
    entryPoints: [pathOf('../support/contract-page.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    alias: { vitest: pathOf('../support/page-runner.ts') },
    tsconfig: pathOf('../../../../tsconfig.base.json'),
  });
  const chromium = await Chromium.create();
  const pages = await TestPageServer.start(script.outputFiles[0]!.text);
  try {
    const context = await chromium.start();
    const page = await context.newPage();
    await page.goto(pages.url);
    return await page.evaluate(() => Reflect.get(globalThis, 'runContract')());
  } finally {
    await chromium.dispose();
    await pages.stop();
  }
}

describe.skipIf(!needs('chromium'))('in Chromium', () => {
  it('IndexedDbEventStore keeps the contract of EventStore', { timeout: 120_000 }, async () => {
    const results = await runInChromium();
    expect(results.length).toBeGreaterThan(60);
    const failures = results.filter(({ failure }) => failure !== undefined);
    expect(failures).toEqual([]);
  });
});
