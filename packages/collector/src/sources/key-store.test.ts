import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@holdfast/server-core/json-logger';
import { describe, expect, it } from 'vitest';
import { dataFolder } from '../../../server-core/test/support/data-folder.js';
import { FakeClock } from '../../../server-core/test/support/fake-clock.js';
import { LogLines } from '../../../server-core/test/support/log-lines.js';
import { FakeKeeper } from '../../test/support/fake-keeper.js';
import { keyLimits } from '../limits.js';
import { KeyStore } from './key-store.js';
import { SourceCache } from './source-cache.js';
import type { SourceRecord } from './source-record.js';

function record(source: string, ...writeKeys: string[]): SourceRecord {
  return { source, writeKeys, origins: [], allowsCritical: false };
}

function shopKeeper(): FakeKeeper {
  const keeper = new FakeKeeper();
  keeper.records = [record('shop', 'key-1')];
  return keeper;
}

function storeOf(keeper: FakeKeeper, cache?: SourceCache) {
  const clock = new FakeClock();
  const logger = new LogLines();
  const keys = new KeyStore({ keeper, cache, clock, logger });
  const kindOf = async (key: string) => (await keys.find(key)).kind;
  return { keys, clock, logger, kindOf };
}

/** Time passes, and what was asked meanwhile is answered. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += keyLimits.refreshMs) {
    clock.advance(Math.min(keyLimits.refreshMs, ms - passedMs));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('KeyStore', () => {
  it('knows the keys of the list, all of a source, and refuses others', async () => {
    const keeper = shopKeeper();
    keeper.records = [record('shop', 'old', 'new'), record('blog', 'other')];
    const { keys, kindOf } = storeOf(keeper);
    await keys.open();
    expect(await keys.find('old')).toEqual({ kind: 'known', record: keeper.records[0] });
    expect(await keys.find('new')).toEqual({ kind: 'known', record: keeper.records[0] });
    expect(await kindOf('stranger')).toBe('unknown');
  });

  it('serves known keys however long the keeper is away, and never refuses unknown ones then', async () => {
    const keeper = shopKeeper();
    const { keys, clock, kindOf } = storeOf(keeper);
    await keys.open();
    keeper.state = 'away';
    await pass(clock, keyLimits.maxAnswerAgeMs);
    expect(await kindOf('stranger')).toBe('unknown');
    clock.advance(1);
    expect(await kindOf('stranger')).toBe('unavailable');
    await pass(clock, 86_400_000);
    expect(await kindOf('key-1')).toBe('known');
    expect(await kindOf('stranger')).toBe('unavailable');
    keeper.state = 'there';
    await pass(clock, keyLimits.refreshMs);
    expect(await kindOf('stranger')).toBe('unknown');
  });

  it('learns of added and removed keys by itself', async () => {
    const keeper = shopKeeper();
    const { keys, clock, kindOf } = storeOf(keeper);
    await keys.open();
    keeper.records = [record('shop', 'key-2')];
    await pass(clock, keyLimits.refreshMs);
    expect([await kindOf('key-1'), await kindOf('key-2')]).toEqual(['unknown', 'known']);
  });

  it('is not made to ask at the pace of strangers while the keeper is away', async () => {
    const keeper = shopKeeper();
    keeper.state = 'away';
    const { keys, kindOf, clock } = storeOf(keeper);
    await keys.open();
    const before = keeper.loads;
    for (let i = 0; i < 100; i++) {
      expect(await kindOf(`stranger-${i}`)).toBe('unavailable');
      clock.advance(10);
    }
    expect(keeper.loads - before).toBeLessThanOrEqual(1);
  });

  it('does not wait for ever for a keeper that says nothing', async () => {
    const keeper = shopKeeper();
    keeper.state = 'silent';
    const { keys, clock, logger } = storeOf(keeper);
    const opening = keys.open();
    await expect.poll(() => clock.timerCount).toBe(1);
    clock.advance(keyLimits.loadTimeoutMs);
    await opening;
    expect(logger.messages('warn')).toContain('write keys not read');
  });

  it('asks no more once it is closed', async () => {
    const keeper = shopKeeper();
    const { keys, clock } = storeOf(keeper);
    await keys.open();
    keys.close();
    expect(clock.timerCount).toBe(0);
  });
});

describe('KeyStore with a list on disk', () => {
  async function cacheIn(folder: string) {
    return new SourceCache(join(folder, 'sources.json'), silentLogger);
  }

  it('starts during an outage with the last list, and refuses nobody', async () => {
    const folder = await dataFolder();
    const keeper = shopKeeper();
    await storeOf(keeper, await cacheIn(folder)).keys.open();
    keeper.state = 'away';
    const { keys, kindOf } = storeOf(keeper, await cacheIn(folder));
    await keys.open();
    expect(await kindOf('key-1')).toBe('known');
    expect(await kindOf('stranger')).toBe('unavailable');
  });

  it.each(['', '{', '{"sources":[{"source":7}]}'])(
    'starts without a list from %j',
    async (text) => {
      const folder = await dataFolder();
      await writeFile(join(folder, 'sources.json'), text);
      const keeper = shopKeeper();
      keeper.state = 'away';
      const { keys, kindOf } = storeOf(keeper, await cacheIn(folder));
      await keys.open();
      expect(await kindOf('key-1')).toBe('unavailable');
    },
  );

  it('goes on with a list that cannot be written', async () => {
    const logger = new LogLines();
    const cache = new SourceCache('/dev/null/sources.json', logger);
    const { keys, kindOf } = storeOf(shopKeeper(), cache);
    await keys.open();
    expect(await kindOf('key-1')).toBe('known');
    expect(logger.messages('warn')).toEqual(['cache of sources not written']);
  });
});
