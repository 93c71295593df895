/**
 * What `npm test` runs: formatting and lint, types, every test, then each proof in its form of
 * seconds. Arguments go to vitest alone. It ends with one line: N passed, N failed, N skipped.
 */
import { quickActs, runActs } from './runs/proofs.mjs';
import { bin, runCommand } from './runs/run-command.mjs';
import { Progress, summarize } from './runs/summary.mjs';
import { runProject } from './runs/vitest-project.mjs';

const checks = {
  lint: [[bin('biome'), ['check', '--error-on-warnings', '.']]],
  types: [
    [bin('tsc'), ['-b']],
    [bin('tsc'), ['-p', 'tsconfig.test.json']],
  ],
};
const projects = ['unit', 'dom', 'chromium', 'integration'];

const args = process.argv.slice(2);
if (args.length > 0) {
  const { status } = await runCommand(bin('vitest'), ['run', ...args]);
  process.exitCode = status;
} else await testAll();

async function testAll() {
  const steps = [...Object.keys(checks), ...projects, ...quickActs.flat(2)];
  const progress = new Progress(steps.length);
  const results = [];
  for (const [name, commands] of Object.entries(checks)) {
    progress.begin(name);
    const result = await check(name, commands);
    results.push(result);
    // What does not compile need not be run.
    if (result.failed > 0) return summarize(results, progress.seconds);
  }
  for (const name of projects) {
    progress.begin(name);
    results.push(await runProject(name));
  }
  results.push(...(await runActs(quickActs, ['--quick'], (name) => progress.begin(name))));
  summarize(results, progress.seconds);
}

/** Lint and types count only if they fail: they are no tests. */
async function check(name, commands) {
  let seconds = 0;
  for (const [command, commandArgs] of commands) {
    const run = await runCommand(command, commandArgs);
    seconds += run.seconds;
    if (run.status !== 0) {
      const failures = [`${name}: ended with ${run.status}`];
      return { name, result: 'FAILED', seconds, figures: '', failures, failed: 1 };
    }
  }
  return { name, result: 'ok', seconds, figures: '', failures: [], failed: 0 };
}
