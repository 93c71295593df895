import { describe, expect, it, onTestFinished } from 'vitest';
import type { SeenEvents } from './seen-events.js';

export interface SeenEventsUnderTest {
  readonly seen: SeenEvents;
  /** From now on the memory cannot be asked; left out where it is a part of this process. */
  takeAway?(): Promise<void>;
  dispose(): Promise<void>;
}

/** What every memory of seen events promises: it may forget, never invent, and fails open. */
export function describeSeenEvents(name: string, make: () => Promise<SeenEventsUnderTest>): void {
  const made = async () => {
    const tested = await make();
    onTestFinished(() => tested.dispose());
    return tested;
  };

  describe(`${name} keeps the promises of a memory of seen events`, () => {
    it('finds what was marked, and only that, in the order that was asked', async () => {
      const { seen } = await made();
      expect(await seen.find(['a', 'b'])).toEqual([false, false]);
      await seen.mark(['a']);
      expect(await seen.find(['b', 'a', 'b'])).toEqual([false, true, false]);
      expect(await seen.find([])).toEqual([]);
    });

    it('compares keys as they are, whatever is in them', async () => {
      const { seen } = await made();
      const key = 'shop\n2026-11-23\ne-1\n{"id":"q:*","seq":1}';
      await seen.mark([key]);
      const others = [
        `${key} `,
        key.toUpperCase(),
        key.replaceAll('\n', ' '),
        key.slice(0, -1),
        '',
      ];
      expect(await seen.find([key, ...others])).toEqual([true, ...others.map(() => false)]);
    });

    it('takes marks again, and many at once', async () => {
      const { seen } = await made();
      const keys = Array.from({ length: 500 }, (_, n) => `many-${n}`);
      await Promise.all([seen.mark(keys), seen.mark(keys.slice(0, 10))]);
      expect(await seen.find(keys)).toEqual(keys.map(() => true));
    });

    it('says "not seen" when it cannot be asked, and never rejects', async () => {
      const { seen, takeAway } = await made();
      await seen.mark(['a']);
      await takeAway?.();
      expect(await seen.find(['a', 'b'])).toEqual([takeAway === undefined, false]);
      await seen.mark(['a']);
    });
  });
}
