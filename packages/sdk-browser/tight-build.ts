/** How the published builds are made small, by tsup and in tests alike. */
import { readFileSync } from 'node:fs';
import type { BuildOptions, Plugin } from 'esbuild';
import { minify } from 'terser';
import { inlineParts } from './inline-parts.js';
import { mangledNames } from './mangled-names.js';

const withInlineParts: Plugin = {
  name: 'with-inline-parts',
  setup(build) {
    build.onLoad(
      { filter: /packages[/\\]sdk-(?:core|browser)[/\\]src[/\\].*\.ts$/ },
      ({ path }) => {
        return { contents: inlineParts(path, readFileSync(path, 'utf8')), loader: 'ts' };
      },
    );
  },
};

/** What these builds give esbuild beside what all builds do. */
export const tightBuild = {
  mangleProps: new RegExp(`^(?:${mangledNames.join('|')})$`),
  plugins: [withInlineParts],
} satisfies BuildOptions;

export interface MinifyAgainOptions {
  /** The source map of the code as it is now. */
  readonly map?: object | string | null | undefined;
  /** Whether an app's bundler is still to come, which renames variables after us. */
  readonly isModule?: boolean | undefined;
}

/** Goes once more over what esbuild has minified. */
export async function minifyAgain(
  code: string,
  { map, isModule = false }: MinifyAgainOptions = {},
): Promise<{ code: string; map?: string }> {
  const result = await minify(code, {
    module: true,
    compress: {
      // No function of ours is called with `new`, or has a `this` of its own; nobody is thought to
      // have put something else in place of `Error` or `Array`; and no getter does anything.
      ...{ passes: 3, unsafe: true, unsafe_arrows: true, lhs_constants: false },
      ...{ pure_getters: true, unsafe_comps: true, unsafe_math: true, unsafe_undefined: true },
      // What is called once is inlined in the script. In a module it is not: esbuild names the
      // variables of a function within a function worse than those of two beside each other.
      ...(isModule ? { reduce_funcs: false, inline: 1 } : {}),
    },
    ecma: 2020,
    ...(map ? { sourceMap: { content: map as never } } : {}),
  });
  return map ? { code: result.code!, map: String(result.map) } : { code: result.code! };
}
