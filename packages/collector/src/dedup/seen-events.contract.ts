import { describe, expect, it, onTestFinished } from 'vitest';
import type { EventKey, SeenEvents } from './seen-events.js';

export interface SeenEventsUnderTest {
  readonly seen: SeenEvents;
  /** From now on the memory cannot be asked; left out where it is a part of this process. */
  takeAway?(): Promise<void>;
  dispose(): Promise<void>;
}

const key: EventKey = { source: 'shop', idDay: '2026-11-23', eventId: 'e-1', queue: '{"seq":1}' };

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
      const other = { ...key, eventId: 'e-2' };
      expect(await seen.find([key, other])).toEqual([false, false]);
      await seen.mark([key]);
      expect(await seen.find([other, key, other])).toEqual([false, true, false]);
      expect(await seen.find([])).toEqual([]);
    });

    it.each([
      ['of another source', { ...key, source: 'blog' }],
      ['of another day', { ...key, idDay: '2026-11-24' }],
      ['with another eventId', { ...key, eventId: 'e-1 ' }],
      ['at another place in its queue', { ...key, queue: '{"seq":2}' }],
      ['without a place in a queue', { ...key, queue: undefined }],
    ])('takes no event %s for a copy', async (_, other) => {
      const { seen } = await made();
      await seen.mark([key]);
      expect(await seen.find([other as EventKey])).toEqual([false]);
    });

    it('takes marks again, and many at once', async () => {
      const { seen } = await made();
      const keys = Array.from({ length: 500 }, (_, n) => ({ ...key, eventId: `many-${n}` }));
      await Promise.all([seen.mark(keys), seen.mark(keys.slice(0, 10))]);
      expect(await seen.find(keys)).toEqual(keys.map(() => true));
    });

    it('says "not seen" when it cannot be asked, and never rejects', async () => {
      const { seen, takeAway } = await made();
      await seen.mark([key]);
      await takeAway?.();
      const isThere = takeAway === undefined;
      expect(await seen.find([key, { ...key, source: 'blog' }])).toEqual([isThere, false]);
      await seen.mark([key]);
    });
  });
}
