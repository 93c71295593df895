import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildPage } from '../../scripts/build-page.js';

const packageFolder = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const root = join(packageFolder, '..', '..');
const built = join(packageFolder, '.cache', 'holdfast');

let building: Promise<string> | undefined;

/** The `holdfast` binary and its page, built from the sources as they are now; resolves with the
 *  path of its script. */
export function builtHoldfast(): Promise<string> {
  building ??= buildAll();
  return building;
}

async function buildAll(): Promise<string> {
  const page = join(built, 'page');
  await mkdir(page, { recursive: true });
  const outfile = join(built, 'holdfast.js');
  await Promise.all([
    copyFile(join(packageFolder, 'package.json'), join(built, '..', 'package.json')),
    buildPage(page),
    build({
      entryPoints: [join(root, 'packages', 'sdk-browser', 'src', 'index.ts')],
      outfile: join(page, 'holdfast.min.js'),
      globalName: 'Holdfast',
      bundle: true,
      minify: true,
      format: 'iife',
      target: 'es2022',
      tsconfig: join(root, 'tsconfig.base.json'),
    }),
    build({
      entryPoints: [join(packageFolder, 'src', 'holdfast.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      tsconfig: join(root, 'tsconfig.base.json'),
      external: ['@duckdb/node-api', 'zod', 'kafkajs', 'msgpackr', 'p-retry'],
    }),
  ]);
  return outfile;
}
