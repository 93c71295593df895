import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line that machines can read; with CI=true a skip fails the run. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) count.failed++;
      for (const test of module.children.allTests()) count[test.result().state]++;
    }
    const skipped = count.skipped + count.pending;
    if (skipped > 0 && process.env.CI === 'true') {
      console.log(`CI=true: ${skipped} skipped tests count as failures`);
      process.exitCode = 1;
    }
    console.log(
      `${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    );
  }
}
