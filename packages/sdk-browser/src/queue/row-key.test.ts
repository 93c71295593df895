import { IDBKeyRange } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { browserRandom } from '../browser-random.js';
import * as rowKey from './row-key.js';

describe('row keys', () => {
  beforeEach(() => {
    vi.stubGlobal('IDBKeyRange', IDBKeyRange);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('order by priority, then by time across tabs', async () => {
    const clock = new ManualClock();
    const [a, b] = [
      new rowKey.RowKeys({ clock, random: browserRandom }),
      new rowKey.RowKeys({ clock, random: browserRandom }),
    ];
    const keys = [a.next('low', 1), a.next('normal', 1)];
    for (let i = 0; i < 5; i++) {
      await clock.pass(1);
      keys.push(b.next('normal', 300), a.next('normal', 20_000), b.next('critical', 1));
      await clock.pass(1);
      keys.push(a.next('normal', 1));
    }
    const critical = keys.filter((key) => rowKey.keyPriority(key) === 'critical');
    const low = keys.filter((key) => rowKey.keyPriority(key) === 'low');
    expect(critical).toHaveLength(5);
    const sorted = [...keys].sort();
    expect(sorted.slice(0, 5)).toEqual(critical);
    expect(sorted.at(-1)).toBe(low[0]);
    const times = sorted.slice(5, -1).map((key) => key.slice(1, 12));
    expect(times).toEqual([...times].sort());
  });

  it('rise within a tab, though the clock stands still or goes back', () => {
    const clock = new ManualClock();
    const keys = new rowKey.RowKeys({ clock, random: browserRandom });
    const made = Array.from({ length: 3_000 }, (_, i) => {
      if (i === 1_000) clock.set(1);
      return keys.next('normal', i);
    });
    expect(made).toEqual([...made].sort());
    expect(new Set(made).size).toBe(3_000);
  });

  it('differ between tabs that track at the same time', () => {
    const parts = { clock: new ManualClock(), random: browserRandom };
    const tabs = Array.from({ length: 10 }, () => new rowKey.RowKeys(parts));
    const made = tabs.flatMap((keys) => [keys.next('normal', 300), keys.next('normal', 300)]);
    expect(new Set(made).size).toBe(20);
  });

  it('carry the size', () => {
    const keys = new rowKey.RowKeys({ clock: new ManualClock(), random: browserRandom });
    for (const size of [0, 1, 35, 36, 32_000]) {
      expect(rowKey.keySizeBytes(keys.next('low', size))).toBe(size);
    }
  });

  it('keep events, dead letters and settings apart', () => {
    const keys = new rowKey.RowKeys({ clock: new ManualClock(), random: browserRandom });
    const event = keys.next('low', 7);
    const letter = rowKey.deadLetterKey(event);
    expect(rowKey.keyPriority(event)).toBe('low');
    for (const other of [letter, rowKey.stateKey, rowKey.deniedKey]) {
      expect(rowKey.keyPriority(other)).toBeUndefined();
      expect(rowKey.rangeOfEvents().includes(other)).toBe(false);
      expect(rowKey.rangeOf('low').includes(other)).toBe(false);
    }
    expect(rowKey.rangeOfEvents().includes(event)).toBe(true);
    expect(rowKey.rangeOf('low').includes(event)).toBe(true);
    expect(rowKey.rangeOf('normal').includes(event)).toBe(false);
    expect(rowKey.isDeadLetterKey(letter)).toBe(true);
    expect(rowKey.rangeOfDeadLetters().includes(letter)).toBe(true);
    expect(rowKey.rangeOfDeadLetters().includes(event)).toBe(false);
  });
});
