/** Runs the tests of some projects; test/support/closing-line-reporter.ts counts them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bin, runCommand } from './run-command.mjs';

export async function runProjects(names) {
  const name = names.join(', ');
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tests-'));
  const file = join(folder, 'counts.json');
  try {
    const env = { HOLDFAST_TEST_COUNTS: file };
    const { status, seconds } = await runCommand(
      ...[bin('vitest'), ['run', ...names.flatMap((each) => ['--project', each])], { env }],
    );
    return { name, seconds, ...judged(name, status, readCounts(file)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function judged(name, status, counts) {
  const { passed, failed, skipped, failures } = counts;
  const figures = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  if (status === 0) return { ...counts, figures, result: 'ok' };
  const said = failures.map((failure) => `${name}: ${failure}`);
  if (said.length > 0) return { ...counts, figures, failures: said, result: 'FAILED' };
  // No test failed, yet something did: an error that nobody handled, or a skip where none may be.
  const failure = skipped > 0 ? `${skipped} skipped` : `ended with ${status}`;
  const countedFailed = skipped > 0 ? 0 : 1;
  return {
    ...{ ...counts, failed: countedFailed, figures },
    ...{ failures: [`${name}: ${failure}`], result: 'FAILED' },
  };
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Vitest ended before it had counted anything.
    return { passed: 0, failed: 0, skipped: 0, failures: [] };
  }
}
