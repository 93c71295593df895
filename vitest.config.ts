import { defineConfig } from 'vitest/config';

const resolve = { tsconfigPaths: true };

export default defineConfig({
  test: {
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
          fileParallelism: false,
        },
      },
      {
        resolve,
        test: {
          name: 'integration',
          include: ['packages/*/test/integration/**/*.test.ts', 'test/integration/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
