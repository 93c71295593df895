import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  acked,
  ids,
  idsOf,
  leaseAll,
  makeRecord,
  range,
  request,
} from '../../../sdk-core/test/contract/event-store-records.js';
import { nodeLimits } from '../../src/limits.js';
import type { FileSystem } from '../../src/queue/file-system.js';
import { isQueueFolderName } from '../../src/queue/folder-loader.js';
import { nodeFileSystem } from '../../src/queue/node-file-system.js';
import { FaultyFileSystem } from '../support/faulty-file-system.js';
import { ManualClock } from '../support/manual-clock.js';
import { ProcessWorld } from '../support/process-world.js';
import { StoreFolder } from '../support/store-folder.js';

describe('adoption', () => {
  let folder: StoreFolder;
  let world: ProcessWorld;
  let clock: ManualClock;
  beforeEach(() => {
    folder = new StoreFolder();
    world = new ProcessWorld();
    clock = new ManualClock();
  });
  afterEach(() => folder.dispose());

  const homes = () => readdirSync(folder.rootPath).filter(isQueueFolderName);

  /** Lets seconds pass for owners and adopters alike, looking about as often as in real life. */
  async function pass(seconds: number, ...stores: { adopt(): Promise<void> }[]): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 10) {
      clock.advance(10_000);
      for (const store of stores) await store.adopt();
    }
  }

  it('takes the events of a dead process, in order, and tells of their arrival', async () => {
    const dead = world.start();
    await folder.open({ processes: dead }).append(range(1, 5).map((n) => makeRecord(n)));
    world.kill(dead);
    const heir = folder.open({ processes: world.start() });
    let arrivals = 0;
    heir.onArrival(() => arrivals++);
    await heir.adopt();
    expect(arrivals).toBe(1);
    expect(heir.waiting('normal').events).toBe(5);
    expect(idsOf(await leaseAll(heir))).toEqual(ids(1, 2, 3, 4, 5));
  });

  it('never takes from a live process of this machine, however silent it is', async () => {
    const silent = folder.open({ processes: world.start(), clock: new ManualClock() });
    await silent.append([makeRecord(1)]);
    const other = await folder.openAdopting({ processes: world.start(), clock });
    await pass(600, other);
    expect(await leaseAll(other)).toEqual([]);
    expect(idsOf(await leaseAll(silent))).toEqual(ids(1));
  });

  it('is not fooled by a new process under the pid of the dead one', async () => {
    const dead = world.start({ startTicks: '5' });
    await folder.open({ processes: dead }).append([makeRecord(1)]);
    world.kill(dead);
    world.start({ pid: dead.self.pid, startTicks: '77' });
    const heir = await folder.openAdopting({ processes: world.start() });
    expect(idsOf(await leaseAll(heir))).toEqual(ids(1));
  });

  it('takes what a closed client left while its process lives on', async () => {
    const processes = world.start();
    const closed = folder.open({ processes });
    await closed.append([makeRecord(1)]);
    await closed.close();
    const next = await folder.openAdopting({ processes });
    expect(idsOf(await leaseAll(next))).toEqual(ids(1));
  });

  it.each([
    ['another container', { pidNamespace: 'pid:[2]' }],
    ['before a reboot or another machine', { bootId: 'boot-2' }],
    ['a platform without /proc', { bootId: null, pidNamespace: null, startTicks: null }],
  ])('needs a lease that ran out where pids tell nothing: %s', async (_where, identity) => {
    const owner = folder.open({ processes: world.start(identity), clock });
    await owner.append([makeRecord(1)]);
    const heir = await folder.openAdopting({ processes: world.start(), clock });
    await pass(300, heir);
    expect(await leaseAll(heir)).toEqual([]);
    await owner.close();
    await heir.adopt();
    expect(idsOf(await leaseAll(heir))).toEqual(ids(1));

    const frozen = folder.open({ processes: world.start(identity), clock: new ManualClock() });
    await frozen.append([makeRecord(2)]);
    await pass(50, heir);
    expect(await leaseAll(heir)).toEqual([]);
    await pass(30, heir);
    expect(idsOf(await leaseAll(heir))).toEqual(ids(2));
  });

  it('takes what a worker thread of its own process left that does not beat any more', async () => {
    const processes = world.start();
    const terminated = folder.open({ processes, clock: new ManualClock() });
    await terminated.append([makeRecord(1)]);
    const heir = await folder.openAdopting({ processes, clock });
    await pass(50, heir);
    expect(await leaseAll(heir)).toEqual([]);
    await pass(30, heir);
    expect(idsOf(await leaseAll(heir))).toEqual(ids(1));
  });

  it('leaves the other clients of its own process alone, also on a full disk', async () => {
    const processes = world.start();
    const faulty = new FaultyFileSystem();
    const options = { processes, clock, fileSystem: faulty.fileSystem };
    const one = folder.open(options);
    await one.append([makeRecord(1)]);
    const other = await folder.openAdopting(options);
    // Either may be the first to look.
    await other.append([makeRecord(2)]);
    await pass(300, one, other);
    expect(idsOf(await leaseAll(other))).toEqual(ids(2));
    faulty.set({ call: 'write', errno: 'ENOSPC', from: 1, isForGood: true });
    await pass(300, one, other);
    expect(await leaseAll(other)).toEqual([]);
    faulty.set(undefined);
    await pass(300, one, other);
    expect(await leaseAll(other)).toEqual([]);
    expect(idsOf(await leaseAll(one))).toEqual(ids(1));
  });

  it('takes nothing from a live process because a bit of its owner file is flipped', async () => {
    const owner = folder.open({ processes: world.start() });
    await owner.append([makeRecord(1)]);
    const ownerPath = join(folder.rootPath, homes()[0]!, 'owner');
    const whole = readFileSync(ownerPath);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1;
      writeFileSync(ownerPath, damaged);
      const other = await folder.openAdopting({ processes: world.start() });
      expect(other.usage().events).toBe(0);
      await other.close();
    }
    expect(idsOf(await leaseAll(owner))).toEqual(ids(1));
  });

  it('judges nobody while it lacks the descriptors to ask', async () => {
    const owner = folder.open({ processes: world.start(), clock });
    await owner.append([makeRecord(1)]);
    const faulty = new FaultyFileSystem();
    const fileSystem = faulty.fileSystem;
    const other = await folder.openAdopting({ processes: world.start(), clock, fileSystem });
    faulty.set({ call: 'readSmall', errno: 'EMFILE', from: 1, isForGood: true });
    await pass(300, owner, other);
    expect(faulty.wasHit).toBe(true);
    expect(await leaseAll(other)).toEqual([]);
    expect(idsOf(await leaseAll(owner))).toEqual(ids(1));
  });

  it('watches anew after it was paused itself', async () => {
    const elsewhere = world.start({ bootId: 'boot-2' });
    const frozen = folder.open({ processes: elsewhere, clock: new ManualClock() });
    await frozen.append([makeRecord(1)]);
    const heirClock = new ManualClock();
    const heir = await folder.openAdopting({ processes: world.start(), clock: heirClock });
    // Both were stopped for ten minutes; the heir wakes first.
    heirClock.advance(nodeLimits.heartbeatMs - 1);
    heirClock.monotonicMs = () => 1_795_000_600_000;
    await heir.adopt();
    expect(await leaseAll(heir)).toEqual([]);
  });

  it('waits for a lease where the owner file is missing or cannot be read', async () => {
    const dead = world.start();
    await folder.open({ processes: dead }).append([makeRecord(1)]);
    writeFileSync(join(folder.rootPath, homes()[0]!, 'owner'), '{"version":1,');
    world.kill(dead);
    const heir = await folder.openAdopting({ processes: world.start(), clock });
    expect(await leaseAll(heir)).toEqual([]);
    await pass(70, heir);
    expect(idsOf(await leaseAll(heir))).toEqual(ids(1));
  });

  it('goes on in a new folder when its own was adopted, and loses nothing', async () => {
    const victim = folder.open({ processes: world.start(), clock });
    await victim.append(range(1, 4).map((n) => makeRecord(n)));
    const leased = await victim.lease(request({ maxEvents: 2 }));
    const [home] = homes();
    const heir = await folder.openAdopting({ processes: world.start() });
    const heirHome = homes().find((name) => name !== home)!;
    renameSync(join(folder.rootPath, home!), join(folder.rootPath, heirHome, home!));

    await victim.append([makeRecord(5)]);
    expect(homes()).toHaveLength(2);
    victim.release([leased[1]!]);
    await victim.settle(acked([leased[0]!]));
    // What it held in memory is its own again, on disk; what it had not read is the heir's now.
    expect(idsOf(await leaseAll(victim))).toEqual(ids(2, 3, 4, 5));
    victim.releaseNow();
    const next = await folder.openAdopting({ processes: world.start() });
    expect(idsOf(await leaseAll(next))).toEqual(ids(2, 3, 4, 5));
    expect(heir.usage().events).toBe(0);
  });

  it('writes again what waited for its sync when the folder disappeared', async () => {
    const victim = folder.open({ durability: 'power', processes: world.start() });
    const first = victim.append([makeRecord(1)]);
    rmSync(join(folder.rootPath, homes()[0]!), { recursive: true });
    await Promise.all([first, victim.append([makeRecord(2)])]);
    expect(victim.usage().events).toBe(2);
    victim.releaseNow();
    const next = await folder.openAdopting({ processes: world.start() });
    expect(idsOf(await leaseAll(next))).toEqual(ids(1, 2));
  });

  it('does not call stored what it wrote again before that is synced, too', async () => {
    const finishSyncs: (() => void)[] = [];
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      syncData: () => new Promise((resolve) => finishSyncs.push(resolve)),
    };
    const victim = folder.open({ durability: 'power', processes: world.start(), fileSystem });
    let storedCount = 0;
    const count = () => storedCount++;
    const first = victim.append([makeRecord(1)]).then(count);
    rmSync(join(folder.rootPath, homes()[0]!), { recursive: true });
    const second = victim.append([makeRecord(2)]).then(count);
    finishSyncs[0]!();
    await vi.waitFor(() => expect(finishSyncs).toHaveLength(2));
    expect(storedCount).toBe(0);
    finishSyncs[1]!();
    await Promise.all([first, second]);
    expect(idsOf(await leaseAll(victim))).toEqual(ids(1, 2));
  });

  it('notices a lost folder by its heartbeat, too', async () => {
    const victim = folder.open({ processes: world.start(), clock });
    await victim.append([makeRecord(1), makeRecord(2)]);
    const leased = await victim.lease(request({ maxEvents: 1 }));
    rmSync(join(folder.rootPath, homes()[0]!), { recursive: true });
    clock.advance(10_000);
    expect(homes()).toHaveLength(1);
    expect(victim.usage().events).toBe(2);
    await victim.settle(acked(leased));
    expect(idsOf(await leaseAll(victim))).toEqual(ids(2));
  });

  it('leaves nothing behind of a folder that it lost, and nothing open', async () => {
    const openFiles = new Set<number>();
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      create: (path) => {
        const fd = nodeFileSystem.create(path);
        openFiles.add(fd);
        return fd;
      },
      close: (fd) => {
        openFiles.delete(fd);
        nodeFileSystem.close(fd);
      },
    };
    const victim = folder.open({ processes: world.start(), clock, fileSystem });
    await victim.append([makeRecord(1), makeRecord(3, { priority: 'low' })]);
    expect(openFiles.size).toBe(2);
    rmSync(join(folder.rootPath, homes()[0]!), { recursive: true });
    await victim.append([makeRecord(2)]);
    expect(openFiles.size).toBe(2);
    for (const priority of ['normal', 'low'] as const) {
      await victim.settle(acked(await leaseAll(victim, priority)));
    }
    await victim.close();
    expect(homes()).toEqual([]);
  });

  it('does not nest folders deeper with each process that dies', async () => {
    for (const n of range(1, 12)) {
      const processes = world.start();
      const store = await folder.openAdopting({ processes });
      await store.append([makeRecord(n)]);
      world.kill(processes);
    }
    const depth = Math.max(...folder.files().map((name) => name.split('/').length));
    expect(depth).toBe(3);
    const heir = await folder.openAdopting({ processes: world.start() });
    expect(idsOf(await leaseAll(heir)).sort()).toEqual(ids(...range(1, 12)).sort());
  });

  it('deletes adopted folders and its own when all is settled', async () => {
    const dead = world.start();
    await folder.open({ processes: dead }).append([makeRecord(1)]);
    world.kill(dead);
    const heir = await folder.openAdopting({ processes: world.start() });
    await heir.append([makeRecord(2)]);
    await heir.settle(acked(await leaseAll(heir)));
    await heir.close();
    expect(readdirSync(folder.rootPath)).toEqual([]);
  });

  it('keeps files that it did not make, when it deletes an adopted folder', async () => {
    const dead = world.start();
    await folder.open({ processes: dead }).append([makeRecord(1)]);
    const [home] = homes();
    writeFileSync(join(folder.rootPath, home!, '00000009-n-0123456789abcdef.seg.bak'), 'mine');
    world.kill(dead);
    const heir = await folder.openAdopting({ processes: world.start() });
    await heir.settle(acked(await leaseAll(heir)));
    await heir.close();
    expect(folder.files()).toEqual([`quarantine/${home}-00000009-n-0123456789abcdef.seg.bak`]);
  });

  it('lets neither what is new nor what was adopted wait for the other', async () => {
    const dead = world.start();
    const left = range(1, 40).map((n) => makeRecord(n));
    await folder.open({ processes: dead }).append(left);
    world.kill(dead);
    const heir = await folder.openAdopting({ processes: world.start() });
    await heir.append(range(101, 140).map((n) => makeRecord(n)));
    const first = idsOf(await heir.lease(request({ maxEvents: 10 })));
    const second = idsOf(await heir.lease(request({ maxEvents: 10 })));
    expect([...first, ...second].sort()).toEqual(ids(...range(1, 10), ...range(101, 110)).sort());
  });

  it('adopts what it could not read at first when it can be read', async () => {
    const dead = world.start();
    await folder.open({ processes: dead }).append([makeRecord(1)]);
    world.kill(dead);
    const faulty = new FaultyFileSystem({ call: 'read', errno: 'EIO', from: 1, isForGood: true });
    const heir = await folder.openAdopting({
      processes: world.start(),
      fileSystem: faulty.fileSystem,
    });
    expect(await leaseAll(heir)).toEqual([]);
    faulty.set(undefined);
    await heir.adopt();
    expect(idsOf(await leaseAll(heir))).toEqual(ids(1));
  });

  it('keeps files and folders from other users', async () => {
    const store = folder.open();
    await store.append([makeRecord(1)]);
    const leased = await store.lease(request());
    await store.append([makeRecord(2)]);
    await store.settle([{ record: leased[0]!, ending: { kind: 'rejected', code: 'too_deep' } }]);
    await store.writeState('{}');
    const mode = (path: string) => statSync(path).mode & 0o777;
    expect(folder.files()).toHaveLength(5);
    for (const name of folder.files()) expect(mode(join(folder.rootPath, name))).toBe(0o600);
    expect(mode(folder.rootPath)).toBe(0o700);
    expect(mode(join(folder.rootPath, homes()[0]!))).toBe(0o700);
  });
});
