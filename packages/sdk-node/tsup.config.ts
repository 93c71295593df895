import { defineConfig } from 'tsup';
import { shared } from '../../scripts/tsup-settings.js';

export default defineConfig({
  ...shared,
  entry: ['src/index.ts'],
  // undici alone is installed beside it: what an app's Jest must transform, what builds on an
  // install, and what is large for the little that we use of it, comes along.
  noExternal: [/^@holdfast\//, 'uuid', /^msgpackr/],
  esbuildOptions: (options) => {
    // Maps lead to the lines of the sources, which would be half of what is installed.
    options.sourcesContent = false;
  },
});
