import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const packages = fileURLToPath(new URL('./packages', import.meta.url));

// Tests run on the sources: no build is needed, and no stale one can be tested by mistake.
const resolve = {
  alias: [
    { find: /^@holdfast\/([a-z-]+)$/, replacement: `${packages}/$1/src/index.ts` },
    { find: /^@holdfast\/([a-z-]+)\/(.+)$/, replacement: `${packages}/$1/src/$2.ts` },
  ],
};

export default defineConfig({
  test: {
    // Also where there are but two cores: the files wait now and then.
    maxWorkers: Math.max(2, availableParallelism()),
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/*/test/unit/**/*.test.ts',
            'test/unit/**/*.test.ts',
          ],
          exclude: ['packages/sdk-browser/**'],
        },
      },
      {
        resolve,
        test: {
          name: 'dom',
          environment: 'happy-dom',
          // On a busy machine.
          testTimeout: 30_000,
          expect: { poll: { timeout: 20_000 } },
          include: [
            'packages/sdk-browser/src/**/*.test.ts',
            'packages/sdk-browser/test/unit/**/*.test.ts',
          ],
        },
      },
      {
        resolve,
        test: {
          name: 'chromium',
          include: ['packages/*/test/chromium/**/*.test.ts', 'test/chromium/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Each file has browsers, ports and folders of its own; more at once would wait in vain.
          ...{ maxWorkers: 2, sequence: { groupOrder: 1 } },
        },
      },
      {
        resolve,
        test: {
          name: 'integration',
          include: ['packages/*/test/integration/**/*.test.ts', 'test/integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // The same of processes, and of clusters.
          ...{ maxWorkers: 2, sequence: { groupOrder: 1 } },
        },
      },
    ],
  },
});
