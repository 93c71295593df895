/**
 * What `npm test` runs: formatting and lint, types, every test, then each proof in its form of
 * seconds. Arguments go to vitest alone. It ends with one line: N passed, N failed, N skipped.
 */
import { quickActs, runActs } from './runs/proofs.mjs';
import { bin, runCommand } from './runs/run-command.mjs';
import { Progress, summarize } from './runs/summary.mjs';
import { runProjects } from './runs/vitest-projects.mjs';

const checks = {
  lint: [[bin('biome'), ['check', '--error-on-warnings', '.']]],
  types: [
    [bin('tsc'), ['-b']],
    [bin('tsc'), ['-p', 'tsconfig.test.json']],
  ],
};
/** Of vitest. Those that stand together share its workers: none idles behind a long file. */
const projects = [
  ['unit', 'dom'],
  ['chromium', 'integration'],
];

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
  for (const names of projects) {
    progress.begin(names.join(', '));
    results.push(await runProjects(names));
  }
  results.push(...(await runActs(quickActs, ['--quick'], (name) => progress.begin(name))));
  summarize(results, progress.seconds);
}

/** Lint and types count only if they fail: they are no tests. */
async function check(name, commands) {
  // Side by side: each of them keeps one processor busy.
  const runs = await Promise.all(commands.map(([command, args]) => runCommand(command, args)));
  const seconds = Math.max(...runs.map((run) => run.seconds));
  const failed = runs.filter(({ status }) => status !== 0);
  if (failed.length === 0) {
    return { name, result: 'ok', seconds, figures: '', failures: [], failed: 0 };
  }
  const failures = failed.map(({ status }) => `${name}: ended with ${status}`);
  return { name, result: 'FAILED', seconds, figures: '', failures, failed: 1 };
}
