// @vitest-environment node
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { buildScript } from '../support/test-page-server.js';

/** Of the `<script>` build with everything in it, gzip level 9. */
const maxScriptBytes = 15_500;

describe('the size of what a page loads', () => {
  it(`is at most ${maxScriptBytes} bytes gzip for the whole client`, async () => {
    const sizeBytes = gzipSync(await buildScript(), { level: 9 }).length;
    console.log(`holdfast.min.js: ${sizeBytes} bytes gzip`);
    expect(sizeBytes).toBeLessThanOrEqual(maxScriptBytes);
  });

  it('is what the README says', async () => {
    const kilobytes = (gzipSync(await buildScript(), { level: 9 }).length / 1_000).toFixed(1);
    const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(`${kilobytes} kB gzip`);
  });

  it('holds nothing that is meant for servers, and nothing that a strict CSP forbids', async () => {
    const { metafile, outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('../../src/index.ts', import.meta.url))],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      tsconfig: fileURLToPath(new URL('../../../../tsconfig.base.json', import.meta.url)),
    });
    const packages = Object.keys(metafile.inputs).flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
    );
    expect([...new Set(packages)].sort()).toEqual(['idb-keyval', 'uuid']);
    expect(outputFiles[0]!.text).not.toMatch(/\beval\(|new Function\(/);
  });
});
