import { defineConfig, type Options } from 'tsup';
import { shared } from '../../scripts/tsup-settings.js';
import { minifyAgain, scriptMangling } from './script-build.js';

const script = {
  ...shared,
  format: ['iife'],
  outExtension: () => ({ js: '.js' }),
  noExternal: [/.*/],
  minify: true,
  esbuildOptions: (options) => {
    Object.assign(options, scriptMangling);
  },
  plugins: [
    {
      name: 'minify-again',
      renderChunk: async (before, { map: mapBefore }) => {
        const { code, map } = await minifyAgain(before);
        return mapBefore ? { code, map } : { code };
      },
    },
  ],
  // Only one configuration of the array may clean.
  clean: false,
  dts: false,
} satisfies Options;

export default defineConfig([
  { ...shared, entry: ['src/index.ts'], noExternal: [/^@holdfast\//] },
  { ...script, entry: { 'holdfast.min': 'src/script.ts' } },
]);
