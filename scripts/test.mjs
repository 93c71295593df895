/** What `npm test` runs: formatting and lint, types, then every test. Arguments go to vitest. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const args = process.argv.slice(2);
const steps = [
  ['biome', ['check', '--error-on-warnings', '.']],
  ['tsc', ['-b']],
  ['tsc', ['-p', 'tsconfig.test.json']],
  ['vitest', ['run', ...args]],
];

for (const [command, commandArgs] of steps) {
  console.log(`\n> ${command} ${commandArgs.join(' ')}`);
  const bin = join('node_modules', '.bin', command);
  const { status } = spawnSync(bin, commandArgs, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}
