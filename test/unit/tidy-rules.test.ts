import { describe, expect, it } from 'vitest';
import { folderPairs, wiringFiles } from '../../scripts/tidy/folders.js';
import { sourceTree } from '../../scripts/tidy/source-tree.js';

/** A tree of files with their texts; a path without a package is of `packages/x/src`. */
function treeOf(files: Record<string, string>) {
  const isFull = (path: string) => /^(packages|examples|test)\//.test(path);
  return sourceTree(
    Object.entries(files).map(([path, text]) => [
      isFull(path) ? path : `packages/x/src/${path}`,
      text,
    ]),
  );
}

function pairsOf(files: Record<string, string>): string[] {
  return folderPairs(treeOf(files));
}

const f = `import { g } from '../b/g.js';`;

describe('the rule of folders', () => {
  it('names a pair that import each other once, with every import between them', () => {
    const files = {
      'a/f.ts': f,
      'a/i.ts': 'export const i = 1;',
      'b/g.ts': 'export const g = 1;',
      'b/h.ts': `import { i } from '../a/i.js';`,
    };
    expect(pairsOf(files)).toEqual([
      'packages/x/src: a and b import each other (a/f.ts → b/g.ts, b/h.ts → a/i.ts)',
    ]);
  });

  it('lets a folder import another one that does not import it', () => {
    expect(pairsOf({ 'a/f.ts': f, 'b/g.ts': `export * from './h.js';`, 'b/h.ts': '' })).toEqual([]);
  });

  it.each([
    ['a type', `import type { F } from '../a/f.js';`],
    ['a type in place', `export type G = import('../a/f.js').F;`],
    ['a re-export', `export { F } from '../a/f.js';`],
    ['a load on demand', `export const load = () => import('../a/f.js');`],
    ['its own package by name', `import { F } from '@holdfast/x/a/f';`],
  ])('counts %s as an import', (_, g) => {
    expect(pairsOf({ 'a/f.ts': f, 'b/g.ts': g })).toHaveLength(1);
  });

  it('takes a folder in a folder for another one', () => {
    const files = { 'a/f.ts': `import './c/g.js';`, 'a/c/g.ts': `import '../f.js';` };
    expect(pairsOf(files)).toEqual([
      'packages/x/src: a and a/c import each other (a/f.ts → a/c/g.ts, a/c/g.ts → a/f.ts)',
    ]);
  });

  it('lets a wiring file import what imports its folder', () => {
    const wiring = wiringFiles[0]!;
    const port = wiring.replace(/[^/]+$/, 'port.ts');
    const driver = wiring.replace(/[^/]+$/, 'driver/driver.ts');
    const files = {
      [wiring]: `import './driver/driver.js';`,
      [port]: '',
      [driver]: `import '../port.js';`,
    };
    expect(pairsOf(files)).toEqual([]);
  });

  it('lets the files of src import any folder, and any folder import others of them', () => {
    const files = {
      'limits.ts': '',
      'client.ts': `import './a/f.js'; import './limits.js';`,
      'a/f.ts': `import '../limits.js';`,
    };
    expect(pairsOf(files)).toEqual([]);
  });

  it('names a file of src and a folder that import each other', () => {
    const files = { 'client.ts': `import './a/f.js';`, 'a/f.ts': `import '../client.js';` };
    expect(pairsOf(files)).toHaveLength(1);
  });

  it('asks nothing of tests', () => {
    const files = { 'a/f.ts': f, 'b/g.ts': '', 'b/g.test.ts': `import '../a/f.js';` };
    expect(pairsOf(files)).toEqual([]);
  });
});
