/**
 * The power is cut under a browser whose profile is on a disk of its own. `durability: 'power'` may
 * lose nothing that it has called stored; `process` may, and must here, or the cut was none.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Chromium } from '../../../packages/sdk-browser/test/support/chromium.js';
import { allows, needs } from '../../support/needs.js';
import { LoopDisk } from '../../torture/power/loop-disk.js';
import { MountSpace } from '../../torture/power/mount-space.js';
import { scratchFolder } from '../../torture/processes/leftovers.js';
import type { Arena } from '../arena.js';
import type { Game } from '../game.js';
import type { Scenario } from '../scenario.js';

const cut = 'power cut';
const strict = 'power cut, strict';
const relaxed = 'power cut, relaxed (control)';

export const powerCut: Scenario = {
  name: 'power-cut',
  rounds: 3,
  faults: [cut],
  controls: { [relaxed]: 'stored' },
  isAllowed: () =>
    needs('mkfs.ext4', 'xfs_io', 'mount', 'umount', 'unshare', 'nsenter') &&
    allows('mount a file system', 'unshare', '--mount', 'sh', '-c', tryMount),
  async play(game) {
    const space = await MountSpace.open();
    game.atEnd(() => space.close());
    await playOn(game, space, 'power', strict);
    await playOn(game, space, 'process', relaxed);
  },
};

/** A browser evicts what pages have stored when the disk is nearly full. */
const diskBytes = 4_000_000_000;

const tryMount = 'test -e /dev/loop-control && mount -t tmpfs none /mnt';

async function playOn(
  game: Game,
  space: MountSpace,
  durability: 'power' | 'process',
  row: string,
): Promise<void> {
  const disk = await LoopDisk.make(space, 'ext4', scratchFolder('torture-browser'), diskBytes);
  const profile = join(disk.mountPoint, 'profile');
  const arena = await game.openArena(new Chromium(profile, space.entry));
  for (let round = 0; round < game.rounds; round++) {
    await trackUntilCut(game, arena, disk, durability, row);
  }
  await arena.drain(await arena.openTab({ durability }));
  await arena.chromium.kill();
  await disk.remove();
}

async function trackUntilCut(
  game: Game,
  arena: Arena,
  disk: LoopDisk,
  durability: 'power' | 'process',
  row: string,
): Promise<void> {
  const run = game.begin(arena, row);
  arena.proxy.fault = 'cut';
  const tab = await arena.openTab({ durability });
  for (let i = game.whole(1, 5); i > 0; i--) {
    await tab.store(run, game.whole(1, 100));
  }
  await tab.track(run, game.whole(1, 100));
  await pause(game.whole(0, 50));
  await disk.cut(false);
  await arena.chromium.kill();
  game.fired(cut);
  await disk.remount();
  await arena.startBrowser();
}
