import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../packages/sdk-core/test/support/virtual-clock.js';
import { ModelDisk } from '../simulation/models/model-disk.js';
import { focuses } from '../simulation/plan.js';
import { simulate } from '../simulation/simulate.js';
import { SeededRandom } from '../support/seeded-random.js';

// One of each focus: more is the business of `npm run sim`.
const seeds = focuses.map((_, index) => index + 1);

describe('the simulation', () => {
  it.each(seeds)('keeps every invariant in seed %i', { timeout: 60_000 }, async (seed) => {
    const { breaches, figures } = await simulate(seed);
    expect(breaches).toEqual([]);
    expect(figures.tracked).toBeGreaterThan(0);
  });

  it('replays a seed identically, traced or not', { timeout: 60_000 }, async () => {
    const first = await simulate(3);
    const second = await simulate(3, true);
    expect(second.hash).toBe(first.hash);
    expect(second.figures).toEqual(first.figures);
    expect(second.trace.length).toBeGreaterThan(10);
    expect((await simulate(4)).hash).not.toBe(first.hash);
  });
});

describe('the model disk', () => {
  const newDisk = (seed = 1) => new ModelDisk(new SeededRandom(seed));
  const nowMs = new VirtualClock().nowMs();

  it('keeps what was synced, name and bytes, through a power cut', () => {
    for (let seed = 1; seed < 40; seed++) {
      const disk = newDisk(seed);
      disk.makeFolders('/a');
      const file = disk.createFile('/a/f', 'open', nowMs);
      disk.write(file, Buffer.from('durable'), 0, nowMs);
      disk.syncFile(file);
      disk.syncFolder(disk.folder('/a', 'fsync'));
      disk.syncFolder(disk.root);
      disk.write(file, Buffer.from(' and more'), 7, nowMs);
      disk.cutPower();
      expect(disk.file('/a/f', 'open').live.toString()).toMatch(/^durable/);
    }
  });

  it('may lose what was not synced, and bytes of a failed sync for good', () => {
    let lostNames = 0;
    for (let seed = 1; seed < 40; seed++) {
      const disk = newDisk(seed);
      const file = disk.createFile('/f', 'open', nowMs);
      disk.write(file, Buffer.from('gone'), 0, nowMs);
      expect(() => disk.syncFile(file, true)).toThrow('EIO');
      disk.syncFile(file);
      expect(file.live.toString()).toBe('gone');
      disk.cutPower();
      if (disk.find('/f')) expect(disk.file('/f', 'open').live.toString()).toBe('');
      else lostNames++;
    }
    expect(lostNames).toBeGreaterThan(5);
    expect(lostNames).toBeLessThan(35);
  });

  it('never loses a file between the two names of a rename', () => {
    for (let seed = 1; seed < 40; seed++) {
      const disk = newDisk(seed);
      disk.makeFolders('/from');
      const file = disk.createFile('/from/f', 'open', nowMs);
      disk.syncFile(file);
      disk.syncFolder(disk.folder('/from', 'fsync'));
      disk.syncFolder(disk.root);
      disk.makeFolders('/to');
      disk.rename('/from/f', '/to/f');
      disk.cutPower();
      expect([disk.find('/from/f'), disk.find('/to/f')].filter(Boolean)).toHaveLength(1);
    }
  });
});
