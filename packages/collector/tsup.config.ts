import { defineConfig } from 'tsup';
import { shared } from '../../scripts/tsup-settings.js';

// What only some sinks need is loaded by those alone.
const bundled = { noExternal: [/^@holdfast\//], splitting: true };

export default defineConfig([
  { ...shared, ...bundled, format: ['esm'], entry: ['src/index.ts'] },
  {
    ...shared,
    ...bundled,
    format: ['esm'],
    entry: ['src/cli.ts'],
    clean: false,
    dts: false,
    banner: { js: '#!/usr/bin/env node' },
  },
]);
