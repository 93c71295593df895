import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with one plain line that machines can read; with CI=true a skip fails the run. Where
 * `npm test` runs several projects, it gets the counts in the file that HOLDFAST_TEST_COUNTS names,
 * with the names of what failed, and says the line itself.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    const failures: string[] = [];
    for (const module of modules) {
      if (module.errors().length > 0) {
        count.failed++;
        failures.push(module.relativeModuleId);
      }
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state]++;
        if (state === 'failed') failures.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
    }
    const { passed, failed } = count;
    const skipped = count.skipped + count.pending;
    if (skipped > 0 && process.env.CI === 'true') {
      console.log(`CI=true: ${skipped} skipped tests count as failures`);
      process.exitCode = 1;
    }
    const file = process.env.HOLDFAST_TEST_COUNTS;
    if (file) writeFileSync(file, JSON.stringify({ passed, failed, skipped, failures }));
    else console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
}
