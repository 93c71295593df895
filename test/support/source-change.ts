import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

export const root = fileURLToPath(new URL('../../', import.meta.url));

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
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const own = changes.filter(({ file }) => relative(root, path) === file);
        if (own.length === 0) return undefined;
        const contents = own.reduce(changed, readFileSync(path, 'utf8'));
        for (const change of own) onApplied(change);
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** What is wrong with a change of a file that is as it is; undefined: it can be made. */
export function faultOfChange({ file, from }: SourceChange, text: string): string | undefined {
  const count = text.split(from).length - 1;
  return count === 1 ? undefined : `${file} holds ${count} times: ${from}`;
}

function changed(text: string, change: SourceChange): string {
  const fault = faultOfChange(change, text);
  if (fault !== undefined) throw new Error(fault);
  return text.replace(change.from, () => change.to);
}
