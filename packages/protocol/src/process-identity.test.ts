import { describe, expect, it } from 'vitest';
import { livenessOf, type ProcReader, processTable } from './process-identity.js';

const fields = (state: string, threads: number) =>
  [state, ...Array(16).fill(1), threads, 0, 77].join(' ');

function readerOf(files: Record<string, string>, code = 'ENOENT'): ProcReader {
  const known: Record<string, string> = {
    '/proc/self/stat': `12 (node) ${fields('S', 9)}`,
    '/proc/12/stat': `12 (node) ${fields('S', 9)}`,
    '/proc/sys/kernel/random/boot_id': 'boot\n',
    '/proc/self/ns/pid': 'pid:[1]',
    ...files,
  };
  const read = (path: string) => {
    if (known[path] === undefined) throw Object.assign(new Error(code), { code });
    return known[path];
  };
  return { readText: read, readLink: read };
}

const other = { pid: 34, startTicks: '77', bootId: 'boot', pidNamespace: 'pid:[1]' };

/** What becomes of `other` if this is its line. */
const judged = (stat: string | undefined, code?: string) =>
  livenessOf(other, processTable(12, readerOf(stat ? { '/proc/34/stat': stat } : {}, code)));

describe('a process', () => {
  it('is alive under its pid and start, whatever its name is', () => {
    expect(judged(`34 (a) b ) (c) ${fields('S', 1)}`)).toBe('alive');
    const { self, startTicks } = processTable(12, readerOf({}));
    expect(self).toEqual({ pid: 12, startTicks: '77', bootId: 'boot', pidNamespace: 'pid:[1]' });
    expect(startTicks(12)).toBe('77');
  });

  it('is dead if none has its pid, or another one has', () => {
    expect([judged(undefined, 'ENOENT'), judged(undefined, 'ESRCH')]).toEqual(['dead', 'dead']);
    expect(judged(`34 (later) ${fields('S', 1).replace(/77$/, '78')}`)).toBe('dead');
  });

  it('is dead as a zombie, but not while a thread of it is left', () => {
    expect([1, 2].map((threads) => judged(`34 (z) ${fields('Z', threads)}`))).toEqual([
      'dead',
      'alive',
    ]);
  });

  it('is not taken for dead when nothing is known', () => {
    for (const code of ['EMFILE', 'EACCES']) expect(judged(undefined, code)).toBe('unknown');
    const table = processTable(12, readerOf({}));
    for (const elsewhere of [
      { ...other, startTicks: null },
      { ...other, bootId: 'another' },
      { ...other, pidNamespace: 'pid:[2]' },
      // A file of somebody else's, or of another version.
      { pid: 34, bootId: 'boot', pidNamespace: 'pid:[1]' } as typeof other,
    ]) {
      expect(livenessOf(elsewhere, table)).toBe('unknown');
    }
  });

  it('knows of nobody without a /proc, or with one of another namespace', () => {
    const nobody = { startTicks: null, bootId: null, pidNamespace: null };
    const none: ProcReader = readerOf({ '/proc/self/stat': '' });
    expect(processTable(12, none).self).toEqual({ pid: 12, ...nobody });
    expect(processTable(13, readerOf({})).self).toEqual({ pid: 13, ...nobody });
  });
});
