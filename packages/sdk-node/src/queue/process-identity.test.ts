import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isGone, parseStat, readProcessTable } from './process-identity.js';

describe('processes', () => {
  it.skipIf(process.platform !== 'linux')('are told apart by pid and start time', async () => {
    const table = readProcessTable();
    expect(table.self).toMatchObject({
      pid: process.pid,
      bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(table.startedAt(process.pid)).toBe(table.self.startedAt);

    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const startedAt = table.startedAt(child.pid!);
    expect(isGone(startedAt!, table.startedAt(child.pid!))).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isGone(startedAt!, table.startedAt(child.pid!))).toBe(true);
  });

  it('have names with spaces and brackets', () => {
    const numbers = Array.from({ length: 40 }, (_, n) => n + 4).join(' ');
    expect(parseStat(`12 (a) b ) (c) S ${numbers}`)).toBe('22');
  });

  it('are dead as zombies, but not while a thread of theirs is left', () => {
    const stat = (threads: number) =>
      `12 (zombie) Z ${[...Array(16).fill(1), threads, 0, 77].join(' ')}`;
    expect(parseStat(stat(1))).toBeUndefined();
    expect(parseStat(stat(2))).toBe('77');
  });

  it('are not taken for gone when nothing is known', () => {
    expect(isGone(null, '5')).toBe(false);
    expect(isGone('5', 'unknown')).toBe(false);
    expect(isGone('5', '6')).toBe(true);
    expect(isGone('5', undefined)).toBe(true);
  });
});
