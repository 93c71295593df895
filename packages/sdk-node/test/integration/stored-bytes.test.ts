import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../../../test/support/needs.js';
import { bundle } from '../support/worker-process.js';

const card = '4111111111111111';
const writes = 'write,writev,pwrite64,pwritev,sendto,sendmsg,openat,rename,mkdir';

describe('what a client leaves on the disk', () => {
  let folder: string;
  let app: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-stored-'));
    app = bundle('paying-app.ts', folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Options of a client whose collector is down, so that its events stay. */
  const optionsOf = (queueDir: string) =>
    JSON.stringify({ writeKey: 'key-1', endpoint: 'http://127.0.0.1:1', queueDir });

  /** Every path below a folder. */
  const pathsIn = (path: string): string[] =>
    readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name));

  describe.skipIf(!needs('strace'))('seen by strace', () => {
    /** Everything that the app handed to the kernel, and what its queue holds. */
    function traced(mode: string): { calls: string; queue: string } {
      const queueDir = join(folder, `queue-${mode}`);
      const trace = join(folder, `trace-${mode}`);
      const strace = ['-f', '-qq', '-s', '1000000', '-e', `trace=${writes}`, '-o', trace];
      const program = [process.execPath, app, optionsOf(queueDir), mode];
      execFileSync('strace', [...strace, ...program], { stdio: 'ignore' });
      const files = pathsIn(queueDir).filter((path) => statSync(path).isFile());
      const queue = files.map((path) => readFileSync(path, 'latin1')).join('');
      return { calls: readFileSync(trace, 'utf8'), queue };
    }

    it('holds nothing that beforeStore has hidden, not even for a moment', () => {
      const { calls, queue } = traced('redact');
      expect(queue).toContain('hidden');
      expect(queue).not.toContain(card);
      expect(calls).toContain('hidden');
      expect(calls).not.toContain(card);
    });

    it('holds it if nothing hides it: the look above would see it', () => {
      const { calls, queue } = traced('plain');
      expect(queue).toContain(card);
      expect(calls).toContain(card);
    });
  });

  it('is for its user alone, whatever the umask', () => {
    const queueDir = join(folder, 'umask', 'queue');
    const run = 'umask 0; exec "$@"';
    const program = [process.execPath, app, optionsOf(queueDir), 'redact'];
    execFileSync('sh', ['-c', run, 'sh', ...program], { stdio: 'ignore' });
    const paths = [join(folder, 'umask'), queueDir, ...pathsIn(queueDir)];
    const modes = paths.map((path) => {
      const stat = statSync(path);
      return `${stat.isDirectory() ? 'folder' : 'file'} ${(stat.mode & 0o777).toString(8)}`;
    });
    expect(new Set(modes)).toEqual(new Set(['folder 700', 'file 600']));
    expect(modes.filter((mode) => mode === 'file 600').length).toBeGreaterThan(1);
  });
});
