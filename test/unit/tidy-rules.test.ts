import { describe, expect, it } from 'vitest';
import { unusedExports } from '../../scripts/tidy/exports.js';
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

function unusedOf(files: Record<string, string>): string[] {
  return unusedExports(treeOf({ 'packages/x/package.json': '{}', ...files }));
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

describe('the rule of exports', () => {
  const one = 'export const one = 1;';

  it('names an export that tests alone import', () => {
    const files = { 'f.ts': one, 'f.test.ts': `import { one } from './f.js';` };
    expect(unusedOf(files)).toEqual(['packages/x/src/f.ts:1 one is used by tests alone']);
  });

  it('names an export that nobody imports, of every kind', () => {
    const text = `export const { a, b: [c] } = d;
export function e() {}
export class F {}
export type G = 1;
export interface H {}
export { a as i };`;
    const names = unusedOf({ 'f.ts': text }).map((line) => line.split(' ')[1]);
    expect(names).toEqual(['a', 'c', 'e', 'F', 'G', 'H', 'i']);
  });

  it('says when an export is used in its own file', () => {
    const files = { 'f.ts': `${one}\nexport const two = one + one;` };
    expect(unusedOf(files)).toEqual([
      'packages/x/src/f.ts:1 one is used by nobody but its own file',
      'packages/x/src/f.ts:2 two is used by nobody',
    ]);
  });

  it.each([
    ['a name', `import { one as uno } from './f.js';`],
    ['a type', `import type { one } from './f.js';`],
    ['a type in place', `type One = typeof import('./f.js').one;`],
    ['a re-export', `export { one } from './f.js';`],
    ['a member of a namespace', `import * as f from './f.js'; f.one();`],
    ['a namespace as a whole', `import * as f from './f.js'; use(f);`],
    ['a load on demand', `const { one } = await import('./f.js');`],
    ['a subpath of the package', `import { one } from '@holdfast/x/f';`],
  ])('takes %s for a use', (_, user) => {
    expect(unusedOf({ 'f.ts': one, 'index.ts': user })).toEqual([]);
  });

  it('tells the members of a namespace apart', () => {
    const files = { 'f.ts': `${one}\nexport const two = 2;`, 'index.ts': '' };
    files['index.ts'] = `import * as f from './f.js'; f.one(); other.f.two();`;
    expect(unusedOf(files)).toEqual(['packages/x/src/f.ts:2 two is used by nobody']);
  });

  it('takes an example for a user', () => {
    const files = { 'f.ts': one, 'examples/e/run.mjs': `import { one } from '@holdfast/x/f';` };
    expect(unusedOf(files)).toEqual([]);
  });

  it('asks nothing of a type that its own file or a test names', () => {
    const files = {
      'f.ts': `export interface Parts {}\nexport const make = (parts: Parts) => parts;`,
      'g.ts': `import { make } from './f.js';\nexport type Tested = 1;`,
      'g.test.ts': `import type { Tested } from './g.js';`,
    };
    expect(unusedOf(files)).toEqual([]);
  });

  it('takes the entries of a private package for no door to others', () => {
    const text = JSON.stringify({ private: true, exports: { '.': './dist/index.js' } });
    expect(unusedOf({ 'index.ts': one, 'packages/x/package.json': text })).toHaveLength(1);
  });

  it('leaves out what a package offers to those who install it', () => {
    const manifest = {
      exports: { './testing': { types: './dist/testing/index.d.ts' }, './core': './src/core.ts' },
      bin: { x: './dist/cli.js' },
    };
    const entries = ['index.ts', 'testing/index.ts', 'core.ts', 'cli.ts'];
    const files = Object.fromEntries(entries.map((entry) => [entry, one]));
    const text = JSON.stringify(manifest);
    expect(unusedOf({ ...files, 'packages/x/package.json': text })).toEqual([]);
  });
});
