import { defineConfig, type Options } from 'tsup';
import { shared } from '../../scripts/tsup-settings.js';
import { minifyAgain, tightBuild } from './tight-build.js';

/** All builds are as tight as the script, and hold what they need of others. */
const tight = {
  ...shared,
  noExternal: [/.*/],
  minify: true,
  esbuildPlugins: tightBuild.plugins,
  esbuildOptions: (options) => {
    options.mangleProps = tightBuild.mangleProps;
  },
  plugins: [
    {
      name: 'minify-again',
      async renderChunk(code, { map }) {
        return minifyAgain(code, { map, isModule: this.format === 'esm' });
      },
    },
  ],
  // Only one configuration of the array may clean.
  clean: false,
} satisfies Options;

export default defineConfig([
  { ...tight, entry: ['src/index.ts'], clean: true },
  // By itself, or the declarations of the two would share a file that has no lasting name.
  { ...tight, entry: ['src/dead-letters.ts'] },
  {
    ...tight,
    entry: { 'holdfast.min': 'src/script.ts' },
    format: ['iife'],
    outExtension: () => ({ js: '.js' }),
    dts: false,
  },
]);
