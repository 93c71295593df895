import { defineConfig } from 'tsup';
import { shared } from '../../scripts/tsup-settings.js';

export default defineConfig({
  ...shared,
  entry: ['src/index.ts'],
  noExternal: [/^@holdfast\//],
});
