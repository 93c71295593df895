import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { changeSources, root, type SourceChange } from './source-change.js';

/** Small files, so that a run of a second seals, adopts and deletes many. */
const smallSizes: readonly SourceChange[] = [
  {
    file: 'packages/sdk-node/src/limits.ts',
    from: 'segmentBytes: 1_048_576',
    to: 'segmentBytes: 8_192',
  },
  {
    file: 'packages/sdk-node/src/limits.ts',
    from: 'maxTailBytes: 2_097_152',
    to: 'maxTailBytes: 8_192',
  },
  {
    file: 'packages/collector/src/limits.ts',
    from: 'maxSegmentBytes: 8 * 1024 * 1024',
    to: 'maxSegmentBytes: 24_000',
  },
  {
    file: 'packages/collector/src/limits.ts',
    from: 'maxSegmentAgeMs: 60_000',
    to: 'maxSegmentAgeMs: 6_000',
  },
];

/** The server does not start without a page; nobody looks at it here. */
const pageFiles = ['index.html', 'page.css', 'icon.svg', 'app.js', 'holdfast.min.js'];

/** What the children run: one file each, so that starting one costs milliseconds. */
export interface Bundles {
  readonly app: string;
  readonly collector: string;
  readonly holdfast: string;
}

/** Makes them of the sources as they are, but for the sizes and the change asked for. */
export async function makeBundles(folder: string, change?: SourceChange): Promise<Bundles> {
  const applied = new Set<SourceChange>();
  const plugin = changeSources(change ? [...smallSizes, change] : smallSizes, (made) =>
    applied.add(made),
  );
  const make = async (child: string) => {
    const outfile = join(folder, `${child}.mjs`);
    await build({
      entryPoints: [join(root, 'test/torture/processes', `${child}.ts`)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      tsconfig: join(root, 'tsconfig.base.json'),
      external: ['@duckdb/node-api'],
      banner: {
        js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);",
      },
      logLevel: 'silent',
      plugins: [plugin],
    });
    return outfile;
  };
  // DuckDB is no JavaScript alone.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'page'));
  for (const name of pageFiles) writeFileSync(join(folder, 'page', name), '');
  const [app, collector, holdfast] = await Promise.all(
    ['app-child', 'collector-child', 'holdfast-child'].map(make),
  );
  if (change && !applied.has(change)) throw new Error(`no child holds ${basename(change.file)}`);
  return { app: app!, collector: collector!, holdfast: holdfast! };
}
