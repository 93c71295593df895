import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { build as buildByVite } from 'vite';
import { afterAll, expect, it } from 'vitest';
import webpack from 'webpack';
import { root } from '../support/packed-project.js';

/** gzip level 9, of an app that does nothing but track. */
const maxAppBytes = 14_000;

const app = `
import { createAnalytics } from '@holdfast/sdk-browser';
const analytics = createAnalytics({ writeKey: 'key', endpoint: 'https://events.example.com' });
analytics.track('Order Completed');
`;

// Within the repository, so that a bundler finds the package where npm has linked it.
mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, 'node_modules', '.cache', 'app-bundle-'));
const entry = join(folder, 'app.js');
writeFileSync(entry, app);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bundlers: Record<string, () => Promise<string>> = {
  async esbuild() {
    const { outputFiles } = await build({
      ...{ entryPoints: [entry], bundle: true, minify: true, format: 'esm', write: false },
    });
    return outputFiles[0]!.text;
  },
  async vite() {
    const outDir = join(folder, 'vite');
    const output = { entryFileNames: 'app.js' };
    await buildByVite({
      ...{ root: folder, configFile: false, logLevel: 'silent' },
      build: { outDir, rollupOptions: { input: entry, output } },
    });
    return readFileSync(join(outDir, 'app.js'), 'utf8');
  },
  async webpack() {
    const output = { path: join(folder, 'webpack'), filename: 'app.js' };
    await new Promise<void>((resolve, reject) => {
      webpack({ mode: 'production', context: folder, entry, output }, (error, stats) => {
        if (error || stats?.hasErrors()) reject(error ?? new Error(stats!.toString()));
        else resolve();
      });
    });
    return readFileSync(join(output.path, output.filename), 'utf8');
  },
};

it.each(Object.keys(bundlers))('an app that tracks is small when %s bundles it', async (name) => {
  expect(existsSync(join(root, 'packages/sdk-browser/dist/index.js')), 'built first').toBe(true);
  const text = await bundlers[name]!();
  const bytes = gzipSync(text, { level: 9 }).length;
  console.log(`${name}: ${bytes} bytes gzip`);
  expect(text).toContain('/v1/events');
  expect(bytes).toBeLessThanOrEqual(maxAppBytes);
});
