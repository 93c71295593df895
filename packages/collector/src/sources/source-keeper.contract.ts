import { describe, expect, it, onTestFinished } from 'vitest';
import type { SourceKeeper } from './source-keeper.js';
import type { SourceRecord } from './source-record.js';

export interface KeeperUnderTest {
  readonly keeper: SourceKeeper;
  /** What is kept from now on. */
  keep(sources: readonly SourceRecord[]): Promise<void>;
  /** From now on the keeper cannot be asked; left out where it is a part of this process. */
  takeAway?(): Promise<void>;
  dispose(): Promise<void>;
}

const shop: SourceRecord = {
  source: 'shop',
  writeKeys: ['key-1', 'k=e,y'],
  origins: ['https://shop.example'],
  allowsCritical: true,
  maxEventsPerSecond: 500,
};
const blog: SourceRecord = {
  source: 'blog',
  writeKeys: ['key-2'],
  origins: [],
  allowsCritical: false,
};

/** What every keeper of sources promises. */
export function describeSourceKeeper(name: string, make: () => Promise<KeeperUnderTest>): void {
  const made = async () => {
    const tested = await make();
    onTestFinished(() => tested.dispose());
    return tested;
  };

  describe(`${name} keeps the promises of a source keeper`, () => {
    it('hands out every source with all that is known of it', async () => {
      const { keeper, keep } = await made();
      await keep([shop, blog]);
      const bySource = (all: readonly SourceRecord[]) =>
        [...all].sort((a, b) => a.source.localeCompare(b.source));
      expect(bySource(await keeper.load())).toEqual([blog, shop]);
    });

    it('hands out what is kept now, at each call', async () => {
      const { keeper, keep } = await made();
      await keep([shop]);
      await keeper.load();
      await keep([blog]);
      expect(await keeper.load()).toEqual([blog]);
      await keep([]);
      expect(await keeper.load()).toEqual([]);
    });

    it('rejects when it cannot be asked, and never calls that an empty list', async () => {
      const { keeper, keep, takeAway } = await made();
      await keep([shop]);
      if (takeAway === undefined) return expect(await keeper.load()).toEqual([shop]);
      await takeAway();
      await expect(keeper.load()).rejects.toThrow();
    });
  });
}
