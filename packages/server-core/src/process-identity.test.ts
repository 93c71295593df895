import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { livenessOf, systemProcesses } from './process-identity.js';

let parent: ChildProcess | undefined;
afterEach(() => {
  parent?.kill('SIGKILL');
});

/** Lets a shell run two children, become a program that waits for neither, and tell their pids. */
async function childrenOfNeglect(): Promise<number[]> {
  const script = 'sleep 0.2 & echo $!; sleep 30 & echo $!; exec sleep 30';
  parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  let text = '';
  for await (const chunk of parent.stdout!) {
    text += chunk;
    if (text.split('\n').length > 2) break;
  }
  return text.trim().split('\n').map(Number);
}

describe('processes', () => {
  it('takes one for dead only if /proc says that it is not there', () => {
    const tableOf = (code: string) =>
      systemProcesses((path) => {
        if (path !== '/proc/4711/stat') return readFileSync(path, 'utf8');
        throw Object.assign(new Error(code), { code });
      });
    const livenessAfter = (code: string) => {
      const table = tableOf(code);
      return livenessOf({ ...table.self, pid: 4711, startTicks: '1' }, table);
    };
    for (const code of ['ENOENT', 'ESRCH']) expect(livenessAfter(code)).toBe('dead');
    for (const code of ['EMFILE', 'ENFILE', 'EACCES', 'EPERM', 'ENOMEM']) {
      expect(livenessAfter(code), code).toBe('unknown');
    }
  });

  it('tells a killed one whose parent does not look from one that runs', async () => {
    const [ended, running] = await childrenOfNeglect();
    const table = systemProcesses();
    const identity = (pid: number | undefined) => ({
      ...table.self,
      pid: pid!,
      // It would have noted this when it lived.
      startTicks: readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21]!,
    });
    try {
      await expect.poll(() => livenessOf(identity(ended), table)).toBe('dead');
      expect(livenessOf(identity(running), table)).toBe('alive');
      expect(livenessOf(table.self, table)).toBe('alive');
    } finally {
      process.kill(running!, 'SIGKILL');
      const gone = once(parent!, 'close');
      parent?.kill('SIGKILL');
      await gone;
    }
  });
});
