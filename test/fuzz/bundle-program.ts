import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleChanged } from '../support/bundle.js';
import type { SourceChange } from '../support/source-change.js';

/** A bundled program of this folder, in a folder of its own. */
export interface BundledProgram {
  readonly path: string;
  remove(): Promise<void>;
}

/** Bundles a program so that it starts fast, from the sources, or from ones broken on purpose. */
export async function bundleProgram(
  name: string,
  changes: readonly SourceChange[] = [],
): Promise<BundledProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-fuzz-bundle-'));
  const path = join(folder, 'program.mjs');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    // The Kafka sink reaches into kafkajs by its path.
    await bundleChanged({ entry: `test/fuzz/${name}`, outfile: path, changes, installed: 'all' });
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
