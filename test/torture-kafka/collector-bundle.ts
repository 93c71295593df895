import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Makes one file of the collector's program, which starts in a moment and stays as it is. */
export async function bundleCollector(folder: string): Promise<string> {
  const outfile = join(folder, 'collector-program.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('collector-program.ts', import.meta.url))],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' },
    // The libraries as they are installed: the Kafka sink reaches into kafkajs by its path.
    packages: 'external',
    tsconfig: join(root, 'tsconfig.test.json'),
  });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return outfile;
}
