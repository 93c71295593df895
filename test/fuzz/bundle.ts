import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** One line of a source file, and what stands there instead. */
export interface SourceEdit {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A bundled program of this folder, in a folder of its own. */
export interface Bundle {
  readonly path: string;
  remove(): Promise<void>;
}

/** Bundles a program so that it starts fast, from the sources, or from ones broken on purpose. */
export async function bundle(entry: string, edits: readonly SourceEdit[] = []): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-fuzz-bundle-'));
  const path = join(folder, 'program.mjs');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await build({
      entryPoints: [join(root, 'test/fuzz', entry)],
      outfile: path,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'error',
      tsconfig: join(root, 'tsconfig.test.json'),
      // The libraries as they are installed: the Kafka sink reaches into kafkajs by its path.
      packages: 'external',
      plugins: [editing(edits)],
    });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Fails if a line that it should replace is not there, or there twice. */
function editing(edits: readonly SourceEdit[]): Plugin {
  return {
    name: 'edit',
    setup(context) {
      for (const { file, find, replace } of edits) {
        const pattern = new RegExp(`/${file.replaceAll(/[.]/g, '\\.')}$`);
        context.onLoad({ filter: pattern }, async ({ path }) => {
          const parts = (await readFile(path, 'utf8')).split(find);
          if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${find}`);
          return { contents: parts.join(replace), loader: 'ts' };
        });
      }
    },
  };
}
