/**
 * What `npm test` runs: formatting and lint, types, every test, then the commands that prove the
 * promise, in their short form. Arguments go to vitest, and leave the proofs out.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const proofs = ['sim', 'torture', 'torture:net', 'torture:browser', 'torture:kafka', 'fuzz'];

const args = process.argv.slice(2);
runOrExit('biome', ['check', '--error-on-warnings', '.']);
runOrExit('tsc', ['-b']);
runOrExit('tsc', ['-p', 'tsconfig.test.json']);
runOrExit('vitest', ['run', ...args]);
if (args.length === 0) prove();

/** Runs every proof, also after one has failed: each says something of its own. */
function prove() {
  const results = proofs.map((name) => {
    const startMs = performance.now();
    const status = run('npm', ['run', '--silent', name]);
    const seconds = Math.round((performance.now() - startMs) / 1_000);
    return { name, isGreen: status === 0, seconds };
  });
  console.log('\nproof            result  seconds');
  for (const { name, isGreen, seconds } of results) {
    const result = isGreen ? 'ok' : 'FAILED';
    console.log(`${name.padEnd(16)} ${result.padEnd(6)}  ${String(seconds).padStart(7)}`);
  }
  if (results.some(({ isGreen }) => !isGreen)) process.exit(1);
}

function runOrExit(command, commandArgs) {
  const status = run(join('node_modules', '.bin', command), commandArgs);
  if (status !== 0) process.exit(status);
}

function run(command, commandArgs) {
  console.log(`\n> ${command} ${commandArgs.join(' ')}`);
  const { status } = spawnSync(command, commandArgs, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return status ?? 1;
}
