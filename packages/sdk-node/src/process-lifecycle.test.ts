import { describe, expect, it } from 'vitest';
import { followProcess } from './process-lifecycle.js';

describe('following the process', () => {
  const counts = () =>
    (['exit', 'SIGTERM', 'SIGINT'] as const).map((name) => process.listenerCount(name));

  it('takes one listener for however many clients, and none when the last has gone', () => {
    const before = counts();
    const onSignal = () => Promise.resolve();
    const plain = Array.from({ length: 30 }, () => followProcess({ onExit: () => {} }));
    expect(counts()).toEqual([before[0]! + 1, before[1], before[2]]);
    const signalled = Array.from({ length: 30 }, () =>
      followProcess({ onExit: () => {}, onSignal }),
    );
    expect(counts()).toEqual(before.map((count) => count + 1));
    for (const unfollow of plain) unfollow();
    expect(counts()).toEqual(before.map((count) => count + 1));
    for (const unfollow of signalled) unfollow();
    for (const unfollow of signalled) unfollow();
    expect(counts()).toEqual(before);
  });

  it('tells every client of the end, also one that the app has just shut down another in', () => {
    const ended: number[] = [];
    const unfollow = [1, 2, 3].map((n) => followProcess({ onExit: () => ended.push(n) }));
    const listener = process.listeners('exit').at(-1) as () => void;
    unfollow[1]!();
    listener();
    expect(ended).toEqual([1, 3]);
    for (const end of unfollow) end();
  });
});
