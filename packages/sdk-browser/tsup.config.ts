import { defineConfig } from 'tsup';
import { shared } from '../../scripts/tsup-settings.js';
import { scriptMangling } from './mangled-names.js';

export default defineConfig([
  { ...shared, entry: ['src/index.ts'], noExternal: [/^@holdfast\//] },
  {
    ...shared,
    entry: { 'holdfast.min': 'src/script.ts' },
    format: ['iife'],
    outExtension: () => ({ js: '.js' }),
    noExternal: [/.*/],
    minify: true,
    esbuildOptions: (options) => {
      Object.assign(options, scriptMangling);
    },
    // Only one configuration of the array may clean.
    clean: false,
    dts: false,
  },
]);
