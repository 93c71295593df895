// @vitest-environment node
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { buildScript } from '../support/test-page-server.js';

/** Of the `<script>` build, gzip level 9. */
const maxScriptBytes = 14_000;

const scriptBytes = gzipSync(await buildScript(), { level: 9 }).length;

describe('the size of what a page loads', () => {
  it('is bounded for the script', () => {
    console.log(`script: ${scriptBytes} bytes gzip`);
    expect(scriptBytes).toBeLessThanOrEqual(maxScriptBytes);
  });

  it('is what the README says', () => {
    const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(`${(scriptBytes / 1_000).toFixed(1)} kB gzip`);
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
    expect([...new Set(packages)].sort()).toEqual(['idb-keyval']);
    expect(outputFiles[0]!.text).not.toMatch(/\beval\(|new Function\(/);
  });
});
