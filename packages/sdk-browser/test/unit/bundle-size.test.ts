// @vitest-environment node
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { buildScript, type ScriptName, scriptNames } from '../support/test-page-server.js';

/** Of the `<script>` builds, gzip level 9: the user's rule for the core, our own for all. */
const maxScriptBytes = { 'core-script': 6_000, script: 15_700 };

const sizes = new Map<ScriptName, number>();
for (const name of scriptNames) {
  sizes.set(name, gzipSync(await buildScript([], name), { level: 9 }).length);
}

describe('the size of what a page loads', () => {
  it.each(scriptNames)('is bounded for the %s', (name) => {
    console.log(`${name}: ${sizes.get(name)} bytes gzip`);
    expect(sizes.get(name)).toBeLessThanOrEqual(maxScriptBytes[name]);
  });

  it.each(scriptNames)('is what the README says of the %s', (name) => {
    const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(`${(sizes.get(name)! / 1_000).toFixed(1)} kB gzip`);
  });

  it.each([
    ['index', ['idb-keyval', 'uuid']],
    ['core', []],
  ])(
    'holds nothing that is meant for servers, and nothing that a strict CSP forbids',
    async (entry, known) => {
      const { metafile, outputFiles } = await build({
        entryPoints: [fileURLToPath(new URL(`../../src/${entry}.ts`, import.meta.url))],
        bundle: true,
        write: false,
        metafile: true,
        format: 'esm',
        tsconfig: fileURLToPath(new URL('../../../../tsconfig.base.json', import.meta.url)),
      });
      const packages = Object.keys(metafile.inputs).flatMap(
        (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
      );
      expect([...new Set(packages)].sort()).toEqual(known);
      expect(outputFiles[0]!.text).not.toMatch(/\beval\(|new Function\(/);
    },
  );
});
