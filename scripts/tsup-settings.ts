import { fileURLToPath } from 'node:url';
import type { Options } from 'tsup';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Declarations are inlined through the root's `paths`; `dts.resolve` would leave subpath types
 *  as imports of an unpublished package. */
export const declarations = {
  compilerOptions: {
    composite: false,
    rootDir: root,
    baseUrl: root,
    ignoreDeprecations: '6.0',
  },
};

/** What every package's build shares. */
export const shared = {
  format: ['esm', 'cjs'],
  target: 'es2022',
  sourcemap: true,
  clean: true,
  splitting: false,
  dts: declarations,
} satisfies Options;
