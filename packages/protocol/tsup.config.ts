import { defineConfig } from 'tsup';
import { shared } from '../../scripts/tsup-settings.js';

export default defineConfig({
  ...shared,
  format: ['esm'],
  entry: ['src/index.ts', 'src/schemas.ts', 'src/msgpack.ts', 'src/file-segment.ts'],
});
