import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { needs } from '../support/needs.js';
import { root } from '../support/packed-project.js';

const run = promisify(execFile);
const example = (name: string) => join(root, 'examples', name, 'run.mjs');
const limits = { timeout: 110_000, cwd: root };

describe('examples', () => {
  it('node-quickstart counts what it tracked', async () => {
    const { stdout } = await run(process.execPath, [example('node-quickstart')], limits);
    expect(stdout).toContain('{ delivered: 2, rejected: 0, pending: 0, dropped: 0, adopted: 0 }');
    expect(stdout).toContain('Order Completed');
  });

  it('kill shows a ledger that adds up after SIGKILL', async () => {
    const { stdout } = await run(process.execPath, [example('kill')], limits);
    expect(stdout).toContain('tracked 1000 = counted 1000 ✓');
  });

  it.each(['node-quickstart', 'browser-quickstart', 'kill'])(
    '%s says why its server ended, and leaves no folder behind',
    async (name) => {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-examples-'));
      const env = { ...process.env, TMPDIR: folder, HOLDFAST_LOG_LEVEL: 'loud' };
      const failed = run(process.execPath, [example(name)], { ...limits, env });
      await expect(failed).rejects.toThrow(
        /holdfast exited with status 78 before it was ready:\nwrong configuration:\n.*loud/,
      );
      expect(readdirSync(folder)).toEqual([]);
      rmSync(folder, { recursive: true });
    },
  );

  it.skipIf(!needs('java', 'mvn', 'kcat'))(
    'sidecar-kafka reads its events back from the topic',
    async () => {
      const args = ['--import', 'tsx', example('sidecar-kafka')];
      const { stdout } = await run(process.execPath, args, limits);
      expect(stdout).toContain('the topic holds 100 records');
    },
  );
});
