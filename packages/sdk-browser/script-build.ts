/** How the `<script>` builds are made small, by tsup and in tests alike. */
import { minify } from 'terser';
import { mangledNames } from './mangled-names.js';

/** What they give esbuild beside what all builds do. */
export const scriptMangling = { mangleProps: new RegExp(`^(?:${mangledNames.join('|')})$`) };

/** Goes once more over what esbuild has minified: terser also inlines what is called once. */
export async function minifyAgain(
  code: string,
): Promise<{ readonly code: string; readonly map: string }> {
  const result = await minify(code, {
    module: true,
    // No function of ours is called with `new`, or has a `this` of its own; and nobody is thought
    // to have put something else in place of `Error` or `Array`.
    compress: { passes: 3, unsafe: true, unsafe_arrows: true, lhs_constants: false },
    ...{ ecma: 2020, sourceMap: true },
  });
  return { code: result.code!, map: String(result.map) };
}
