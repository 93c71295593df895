import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../../support/bundle.js';
import type { SourceChange } from '../../support/source-change.js';

/** Small files, so that a run of a second seals, adopts and deletes many. */
export const smallSizes: readonly SourceChange[] = [
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
  const changes = change ? [...smallSizes, change] : smallSizes;
  const make = async (child: string) => {
    const entry = `test/torture/processes/${child}.ts`;
    const outfile = join(folder, `${child}.mjs`);
    // DuckDB is no JavaScript alone.
    const applied = await bundle({ entry, outfile, changes, installed: ['@duckdb/node-api'] });
    return { outfile, applied };
  };
  mkdirSync(join(folder, 'page'));
  for (const name of pageFiles) writeFileSync(join(folder, 'page', name), '');
  const made = await Promise.all(['app-child', 'collector-child', 'holdfast-child'].map(make));
  for (const each of changes) {
    const isHeld = made.some(({ applied }) => applied.has(each));
    if (!isHeld) throw new Error(`${each.file} is no part of any child`);
  }
  const [app, collector, holdfast] = made.map(({ outfile }) => outfile);
  return { app: app!, collector: collector!, holdfast: holdfast! };
}
