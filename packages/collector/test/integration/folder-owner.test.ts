import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkedJson } from '@holdfast/protocol';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { systemProcesses } from '@holdfast/server-core/process-identity';
import { systemRandom } from '@holdfast/server-core/system-random';
import { describe, expect, it } from 'vitest';
import { dataFolder } from '../../../server-core/test/support/data-folder.js';
import { FakeClock } from '../../../server-core/test/support/fake-clock.js';
import { fileSinkLimits } from '../../src/limits.js';
import { FolderInUseError, FolderOwner } from '../../src/sinks/file/folder-owner.js';
import { runChild } from '../support/child-process.js';

const childFile = 'test/support/folder-owner-child.ts';
const ownerOf = (folder: string, clock = new FakeClock()) =>
  new FolderOwner(folder, {
    disk: nodeDisk,
    processes: systemProcesses(),
    clock,
    random: systemRandom,
  });
const claims = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('owner-'));

const checked = (claim: object) => checkedJson(Buffer.from(JSON.stringify(claim)));

/** A claim of a process that we cannot look at: on another boot. */
function writeForeignClaim(folder: string): string {
  const path = join(folder, 'owner-7.json');
  const claim = { pid: 1, startTicks: '1', bootId: 'another', pidNamespace: 'another' };
  writeFileSync(path, checked({ ...claim, isReleased: false }));
  return path;
}

describe('the owner of a data folder', () => {
  it('refuses a second one while it lives, and says who it is', async () => {
    const folder = await dataFolder();
    const { child, waitFor } = runChild(childFile, [folder]);
    await waitFor(/claimed/);
    await expect(ownerOf(folder).claim()).rejects.toThrow(FolderInUseError);
    await expect(ownerOf(folder).claim()).rejects.toThrow(`in use by process ${child.pid}`);
  });

  it('is taken over at once when it was killed', async () => {
    const folder = await dataFolder();
    const { child, waitFor, gone } = runChild(childFile, [folder]);
    await waitFor(/claimed/);
    child.kill('SIGKILL');
    await gone();
    await ownerOf(folder).claim();
    expect(claims(folder)).toEqual(['owner-2.json']);
  });

  it('is followed without a wait when it released the folder', async () => {
    const folder = await dataFolder();
    const first = ownerOf(folder);
    await first.claim();
    await first.release();
    await ownerOf(folder).claim();
  });

  it('is one of many that start at the same time after a crash', async () => {
    const folder = await dataFolder();
    const killed = runChild(childFile, [folder]);
    await killed.waitFor(/claimed/);
    killed.child.kill('SIGKILL');
    await killed.gone();
    const children = Array.from({ length: 5 }, () => runChild(childFile, [folder]));
    const results = await Promise.all(
      children.map(({ waitFor }) => waitFor(/claimed|FolderInUseError/)),
    );
    expect(results.map(([text]) => text).sort()).toEqual([
      ...new Array(4).fill('FolderInUseError'),
      'claimed',
    ]);
    expect(claims(folder)).toHaveLength(1);
  });

  it('is not mistaken for a later process with the same pid', async () => {
    const folder = await dataFolder();
    const first = ownerOf(folder);
    await first.claim();
    const path = join(folder, 'owner-1.json');
    const { crc32c: _, ...claim } = JSON.parse(readFileSync(path, 'utf8')) as { crc32c: string };
    writeFileSync(path, checked({ ...claim, startTicks: '1' }));
    await ownerOf(folder).claim();
  });

  it('on another boot is watched first, and kept if it still renews its claim', async () => {
    const folder = await dataFolder();
    const path = writeForeignClaim(folder);
    const clock = new FakeClock();
    const claiming = ownerOf(folder, clock).claim();
    await expect.poll(() => clock.timerCount).toBe(1);
    utimesSync(path, 1, 1);
    clock.advance(fileSinkLimits.leaseWatchMs);
    await expect(claiming).rejects.toThrow(FolderInUseError);
    await expect(claiming).rejects.toThrow('process 1 of another container, machine or boot');
  });

  it('on another boot is taken over once its claim stood still long enough', async () => {
    const folder = await dataFolder();
    writeForeignClaim(folder);
    const clock = new FakeClock();
    const claiming = ownerOf(folder, clock).claim();
    await expect.poll(() => clock.timerCount).toBe(1);
    clock.advance(fileSinkLimits.leaseWatchMs);
    await claiming;
    expect(claims(folder)).toEqual(['owner-8.json']);
  });

  it('renews its claim as long as it holds the folder', async () => {
    const folder = await dataFolder();
    const clock = new FakeClock();
    const owner = ownerOf(folder, clock);
    await owner.claim();
    const touchedMs = () => Math.round(statSync(join(folder, 'owner-1.json')).mtimeMs);
    for (let i = 0; i < 3; i++) {
      clock.advance(fileSinkLimits.leaseRenewMs);
      await expect.poll(touchedMs).toBe(clock.nowMs());
      await expect.poll(() => clock.timerCount).toBe(1);
    }
    await owner.release();
    expect(clock.timerCount).toBe(0);
  });

  it('is not taken for dead because a bit of its claim is flipped', async () => {
    const folder = await dataFolder();
    const owner = ownerOf(folder);
    await owner.claim();
    const path = join(folder, 'owner-1.json');
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      writeFileSync(path, flipped);
      const clock = new FakeClock();
      const claiming = ownerOf(folder, clock).claim();
      await expect.poll(() => clock.timerCount).toBe(1);
      utimesSync(path, at + 1, at + 1);
      clock.advance(fileSinkLimits.leaseWatchMs);
      await expect(claiming).rejects.toThrow(FolderInUseError);
    }
    await owner.release();
  });

  it('with a damaged claim is watched like one that nobody can ask', async () => {
    const folder = await dataFolder();
    writeFileSync(join(folder, 'owner-3.json'), '{');
    const clock = new FakeClock();
    const claiming = ownerOf(folder, clock).claim();
    await expect.poll(() => clock.timerCount).toBe(1);
    clock.advance(fileSinkLimits.leaseWatchMs);
    await claiming;
  });
});
