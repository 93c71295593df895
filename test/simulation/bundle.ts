/** Makes one file of the simulation and all that it runs on, as it is or with one line changed. */
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');

/** A bug that is put into one line of the sources. */
export interface Mutation {
  /** Below the repository's root. */
  readonly file: string;
  /** The line, or a part of it; it must stand there exactly once. */
  readonly line: string;
  readonly becomes: string;
}

export async function bundleSimulation(outfile: string, mutation?: Mutation): Promise<void> {
  await build({
    entryPoints: [join(here, 'sim-worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: mutation ? false : 'inline',
    logLevel: 'silent',
    tsconfig: join(root, 'tsconfig.base.json'),
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
    plugins: mutation ? [mutating(mutation)] : [],
  });
}

/** Replaces the line when its file is loaded; fails if it is not there exactly once. */
function mutating({ file, line, becomes }: Mutation): Plugin {
  return {
    name: 'mutation',
    setup(builder) {
      let isLoaded = false;
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (relative(root, path) !== file) return undefined;
        isLoaded = true;
        const text = await readFile(path, 'utf8');
        const found = text.split(line).length - 1;
        if (found !== 1) throw new Error(`${file} has the line ${found} times: ${line}`);
        return { contents: text.replace(line, () => becomes), loader: 'ts' };
      });
      builder.onEnd(({ errors }) => {
        if (!isLoaded && errors.length === 0) {
          throw new Error(`${file} is no part of the simulation`);
        }
      });
    },
  };
}
