import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'page');

/** Builds the page into `folder`: its script, and what is written by hand. The SDK is not in it. */
export async function buildPage(folder: string): Promise<void> {
  await build({
    entryPoints: [join(source, 'app.ts')],
    outfile: join(folder, 'app.js'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
  });
  for (const name of ['index.html', 'page.css', 'icon.svg']) {
    cpSync(join(source, name), join(folder, name));
  }
}
