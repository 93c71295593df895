import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { changeSources, root, type SourceChange } from '../torture/processes/source-change.js';

/** Makes one file of the worker and all that it runs on, as it is or with a change. */
export async function bundleNet(folder: string, change?: SourceChange): Promise<string> {
  const outfile = join(folder, 'net-worker.mjs');
  let isApplied = change === undefined;
  const plugin = changeSources(change ? [change] : [], () => {
    isApplied = true;
  });
  await build({
    entryPoints: [fileURLToPath(new URL('net-worker.ts', import.meta.url))],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' },
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
    tsconfig: join(root, 'tsconfig.base.json'),
    logLevel: 'silent',
    plugins: [plugin],
  });
  if (!isApplied) throw new Error(`the worker does not hold ${change?.file}`);
  return outfile;
}
