import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PackedProject, root } from '../support/packed-project.js';

const bin = (name: string) => join(root, 'node_modules', '.bin', name);

// The script and the snippet are files, not modules: they have no types.
const files = ['./holdfast.min.js', './snippet.html'];
const attwOptions = ['--profile', 'node16', '--exclude-entrypoints', ...files];

const nodeApp = `
import { createAnalytics, type FlushReport } from '@holdfast/sdk-node';
const analytics = createAnalytics<{ 'Order Completed': { total: number } }>({
  writeKey: 'dev',
  endpoint: 'http://127.0.0.1:1',
  durability: 'memory',
});
export const eventId: string = analytics.track({
  userId: 'ada',
  event: 'Order Completed',
  properties: { total: 42 },
});
export const report: Promise<FlushReport> = analytics.flush({ timeoutMs: 1 });
// @ts-expect-error a property of a wrong type
analytics.track({ userId: 'ada', event: 'Order Completed', properties: { total: '42' } });
// @ts-expect-error an event that is not declared
analytics.track({ userId: 'ada', event: 'Order Cancelled', properties: {} });
`;

const browserApp = `
import { createAnalytics, type FlushReport } from '@holdfast/sdk-browser';
import { type DeadLetter, deadLetters } from '@holdfast/sdk-browser/dead-letters';
const analytics = createAnalytics<{ 'Order Completed': { total: number } }>({
  writeKey: 'dev',
  endpoint: 'http://127.0.0.1:1',
});
export const eventId: string = analytics.track('Order Completed', { total: 42 });
export const report: Promise<FlushReport> = analytics.flush();
export const letters: Promise<DeadLetter[]> = deadLetters(analytics);
// @ts-expect-error a property of a wrong type
analytics.track('Order Completed', { total: '42' });
// @ts-expect-error an event that is not declared
analytics.track('Order Cancelled');
`;

interface Scripted {
  readonly scripts?: Record<string, string>;
}

/** The example of a README, which must compile as it stands. */
function codeOf(readme: string): string {
  const [, code] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  if (!code) throw new Error('a README has no example');
  return code;
}

const importsOnly = (entry: string) => `
import { ${entries[entry]} as imported } from '@holdfast/${entry}';
if (typeof imported !== 'function') throw new Error('no ${entries[entry]}');
console.log('imported');
`;

const requiresOnly = (entry: string) => `
const { ${entries[entry]}: required } = require('@holdfast/${entry}');
if (typeof required !== 'function') throw new Error('no ${entries[entry]}');
console.log('required');
`;

const names = ['sdk-node', 'sdk-browser', 'collector'];
/** What an app can import of the SDKs. */
const entries: Record<string, string> = {
  'sdk-node': 'createAnalytics',
  'sdk-browser': 'createAnalytics',
  'sdk-browser/dead-letters': 'deadLetters',
};
const fileOf = (entry: string) => entry.replace('/', '-');

describe('packed tarballs', () => {
  const project = new PackedProject();
  const tarballs: Record<string, string> = {};
  const packed = (name: string, file: string) =>
    readFileSync(join(project.folder, 'node_modules', '@holdfast', name, file), 'utf8');

  beforeAll(() => {
    for (const name of names) tarballs[name] = project.install(`packages/${name}`);
    const files: Record<string, string> = {
      'package.json': '{ "private": true, "type": "module" }',
      'node-app.ts': nodeApp,
      'browser-app.ts': browserApp,
    };
    for (const entry of Object.keys(entries)) {
      files[`${fileOf(entry)}.mjs`] = importsOnly(entry);
      files[`${fileOf(entry)}.cjs`] = requiresOnly(entry);
    }
    for (const name of names) files[`${name}-readme.ts`] = codeOf(packed(name, 'README.md'));
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(project.folder, name), text);
    }
  });

  afterAll(() => project.remove());

  it.each(Object.keys(entries))('%s loads as ESM and as CommonJS without side effects', (entry) => {
    expect(project.run(process.execPath, [`${fileOf(entry)}.mjs`])).toBe('imported\n');
    expect(project.run(process.execPath, [`${fileOf(entry)}.cjs`])).toBe('required\n');
  });

  it.each(Object.keys(entries))('%s loads where require() takes no ES module', (entry) => {
    // As on AWS Lambda, and in an app's Jest as it is set up by default.
    const flag = '--no-experimental-require-module';
    expect(project.run(process.execPath, [flag, `${fileOf(entry)}.cjs`])).toBe('required\n');
  });

  it('sdk-node takes 3.5 MB at most, and what comes with it runs no script', () => {
    const app = new PackedProject();
    try {
      app.install('packages/sdk-node');
      const modules = join(app.folder, 'node_modules');
      const paths = readdirSync(modules, { recursive: true, encoding: 'utf8' });
      const sizes = paths.map((path) => statSync(join(modules, path))).filter((s) => s.isFile());
      expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(3_500_000);
      const manifests = paths.filter((path) => path.endsWith('package.json'));
      const scripts = manifests.flatMap((path) => {
        const { scripts } = JSON.parse(readFileSync(join(modules, path), 'utf8')) as Scripted;
        return Object.keys(scripts ?? {}).filter((name) => /^(pre|post)?install$/.test(name));
      });
      expect(scripts).toEqual([]);
    } finally {
      app.remove();
    }
  });

  /** What the compiler says to some files of the project. */
  function compile(files: readonly string[], options: object): string {
    const compilerOptions = {
      ...{ noEmit: true, strict: true, target: 'es2022', lib: ['es2022', 'dom'] },
      ...{ exactOptionalPropertyTypes: true, ...options },
    };
    const config = JSON.stringify({ compilerOptions, files });
    writeFileSync(join(project.folder, 'tsconfig.json'), config);
    return project.run(bin('tsc'), ['-p', '.']);
  }

  it.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])(
    'types hold for module %s, resolution %s, wrong calls are errors',
    (module, moduleResolution) => {
      const files = [
        'node-app.ts',
        'browser-app.ts',
        'sdk-node-readme.ts',
        'sdk-browser-readme.ts',
      ];
      expect(compile(files, { module, moduleResolution, types: [] })).toBe('');
    },
  );

  it('types of the collector hold in a project with those of Node', () => {
    const typeRoots = [join(root, 'node_modules', '@types')];
    const options = { module: 'node16', moduleResolution: 'node16', types: ['node'], typeRoots };
    expect(compile(['collector-readme.ts'], options)).toBe('');
  });

  it('a bundler takes the browser SDK', async () => {
    const { outputFiles } = await build({
      entryPoints: [join(project.folder, 'browser-app.ts')],
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    });
    expect(outputFiles[0]!.text).not.toMatch(/new Function|\beval\(/);
  });

  it.each(['sdk-node', 'sdk-browser'])('%s passes publint and attw', (name) => {
    const lint = execFileSync(bin('publint'), ['run', '--strict', tarballs[name]!]);
    expect(lint.toString()).not.toMatch(/Errors:|Warnings:/);
    const attw = execFileSync(bin('attw'), [tarballs[name]!, ...attwOptions]);
    // It ends with an error on any problem; node10, which knows no subpaths, is not supported.
    const [, problems = ''] = /resolutions: 'node10'\)\n([^┌]*)/.exec(attw.toString()) ?? [];
    const told = problems.split('\n').filter((line) => /[a-z]{3}/i.test(line));
    const isFine = (line: string) => /No problems found|\(ignored per resolution\)/.test(line);
    expect(told.filter((line) => !isFine(line))).toEqual([]);
  });

  it.each(names)('%s says what it is, and under which licence', (name) => {
    expect(packed(name, 'README.md')).toContain(`npm install @holdfast/${name}`);
    expect(packed(name, 'LICENSE')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
  });

  it.each([
    ['sdk-node', ['uuid', 'msgpackr']],
    ['sdk-browser', ['idb-keyval']],
  ])('%s names those whose software it holds', (name, held) => {
    const notice = packed(name, 'NOTICE');
    for (const each of held) expect(notice).toContain(`## ${each}\n\n`);
  });

  it.each(names)('%s needs no package of ours that is not published', (name) => {
    const dist = join(project.folder, 'node_modules', '@holdfast', name, 'dist');
    const guilty = readdirSync(dist)
      .filter((file) => /\.(c?js|d\.c?ts)$/.test(file))
      .filter((file) => /from ['"]@holdfast/.test(readFileSync(join(dist, file), 'utf8')));
    expect(guilty).toEqual([]);
  });
});
