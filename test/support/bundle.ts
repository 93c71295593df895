import { existsSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { changeSources, root, type SourceChange } from './source-change.js';

export interface BundleOptions {
  /** Below the root. */
  readonly entry: string;
  readonly outfile: string;
  readonly changes?: readonly SourceChange[];
  /**
   * Libraries that stay as they are installed, because they are no JavaScript alone or reach into
   * themselves by a path; `all` of them, or those named. Default: none.
   */
  readonly installed?: 'all' | readonly string[];
  /** For traces that name the sources. */
  readonly hasSourceMap?: boolean;
}

/**
 * Makes one file of a program for Node and of all that it runs on, which starts in a moment and
 * stays as it is. Returns the changes that it holds; fails if it cannot make one.
 */
export async function bundle(options: BundleOptions): Promise<ReadonlySet<SourceChange>> {
  const { entry, outfile, changes = [], installed = [], hasSourceMap = false } = options;
  const applied = new Set<SourceChange>();
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'silent' },
    ...(installed === 'all' ? { packages: 'external' } : { external: [...installed] }),
    sourcemap: hasSourceMap && 'inline',
    tsconfig: join(root, 'tsconfig.base.json'),
    // What was CommonJS asks for Node's own modules by require.
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
    plugins: [changeSources(changes, (change) => applied.add(change))],
  });
  if (installed.length > 0) linkLibraries(dirname(outfile));
  return applied;
}

/** The same of a program that must hold each of the changes. */
export async function bundleChanged(options: BundleOptions): Promise<void> {
  const { entry, changes = [] } = options;
  const applied = await bundle(options);
  const missing = changes.find((change) => !applied.has(change));
  if (missing) throw new Error(`${missing.file} is no part of ${entry}`);
}

function linkLibraries(folder: string): void {
  const link = join(folder, 'node_modules');
  if (!existsSync(link)) symlinkSync(join(root, 'node_modules'), link);
}
