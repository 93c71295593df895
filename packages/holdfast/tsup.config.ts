import { cpSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { shared } from '../../scripts/tsup-settings.js';
import { buildPage } from './scripts/build-page.js';

export default defineConfig({
  ...shared,
  format: ['esm'],
  entry: ['src/index.ts', 'src/holdfast.ts'],
  noExternal: [/^@holdfast\//],
  // What only some sinks need is loaded by those alone.
  splitting: true,
  onSuccess: async () => {
    await buildPage('dist/page');
    cpSync('../sdk-browser/dist/holdfast.min.js', 'dist/page/holdfast.min.js');
  },
});
