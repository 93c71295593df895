import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { Chromium } from '../../packages/sdk-browser/test/support/chromium.js';
import { needs } from '../support/needs.js';
import { root } from '../support/packed-project.js';

describe.skipIf(!needs('chromium'))('the browser example', () => {
  let example: ChildProcess | undefined;
  let chromium: Chromium | undefined;

  afterEach(async () => {
    await chromium?.dispose();
    if (example && example.exitCode === null) {
      const ended = once(example, 'exit');
      example.kill('SIGTERM');
      await ended;
    }
  });

  it('delivers an order from a page of another origin', async () => {
    const script = join(root, 'examples', 'browser-quickstart', 'run.mjs');
    example = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: example.stdout! });
    const [opened] = (await once(lines, 'line')) as [string];
    chromium = await Chromium.create();
    const page = await (await chromium.start()).newPage();
    await page.goto(opened.replace('Open ', ''));
    await page.click('#order');
    const report = page.locator('#report');
    await expect.poll(() => report.textContent(), { timeout: 20_000 }).toContain('"delivered":2');
  });
});
