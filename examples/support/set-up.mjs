// Installs and builds what an example runs, unless it is there: on a fresh clone, too, an example
// is one command. Imported before anything that is built or installed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const built = [
  'packages/holdfast/dist/holdfast.js',
  'packages/sdk-browser/dist/holdfast.min.js',
  'packages/sdk-node/dist/index.js',
];

if (!built.every((file) => existsSync(new URL(file, root)))) {
  const script = fileURLToPath(new URL('scripts/setup.mjs', root));
  // Standard output is for what the example itself prints.
  const stdio = ['ignore', process.stderr, process.stderr];
  const { status } = spawnSync(process.execPath, [script, '--build'], { stdio });
  if (status !== 0) process.exit(status ?? 1);
}
