import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** One place of a source file as a bundle shall have it; the file itself stays as it is. */
export interface SourceChange {
  /** Below the root. */
  readonly file: string;
  /** Stands in the file exactly once, or the bundle fails. */
  readonly from: string;
  readonly to: string;
}

/** Changes sources on their way into a bundle; `onApplied` hears of each change that was made. */
export function changeSources(
  changes: readonly SourceChange[],
  onApplied: (change: SourceChange) => void,
): Plugin {
  return {
    name: 'source-changes',
    setup(build) {
      build.onLoad({ filter: /\/packages\/[^/]+\/src\/.*\.ts$/ }, async ({ path }) => {
        const own = changes.filter(({ file }) => `${root}${file}` === path);
        if (own.length === 0) return undefined;
        let contents = await readFile(path, 'utf8');
        for (const change of own) {
          const parts = contents.split(change.from);
          if (parts.length !== 2) {
            const count = parts.length - 1;
            return { errors: [{ text: `${change.file} holds ${count} times: ${change.from}` }] };
          }
          contents = parts.join(change.to);
          onApplied(change);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}
