import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Disk } from '@holdfast/server-core/disk/disk';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { dataFolder } from '../../../server-core/test/support/data-folder.js';
import { FakeClock } from '../../../server-core/test/support/fake-clock.js';
import {
  type DiskCall,
  interceptedDisk,
} from '../../../server-core/test/support/intercepted-disk.js';
import { LogLines } from '../../../server-core/test/support/log-lines.js';
import { MemoryDisk } from '../../../server-core/test/support/memory-disk.js';
import { settle } from '../../../server-core/test/support/pass-time.js';
import { fileSinkLimits } from '../../src/limits.js';
import { FileSink, type FileSinkOptions } from '../../src/sinks/file/file-sink.js';
import { FolderLostError } from '../../src/sinks/file/folder-owner.js';
import { acceptedEvent } from '../support/accepted-event.js';
import { recordsIn, segmentFiles, storedEventIds } from '../support/read-segments.js';

const stored = { kind: 'stored' };
const failure = (code: string) => Object.assign(new Error(`${code}: as told`), { code });

function sinkOn(folder: string, options: Partial<FileSinkOptions> = {}) {
  const clock = new FakeClock();
  const logger = new LogLines();
  const sink = new FileSink({ folder, clock, logger, ...options });
  onTestFinished(() => sink.close(1_000));
  const write = async (eventId: string) => (await sink.write([acceptedEvent(eventId)]))[0];
  return { sink, clock, logger, write };
}

/** A disk on which `isFailing` calls fail. */
function failingDisk(
  isFailing: (call: DiskCall, count: number) => boolean,
  inner: Disk = nodeDisk,
): Disk {
  let count = 0;
  return interceptedDisk(inner, async (call, run) => {
    if (call.name === 'close' || !isFailing(call, count++)) return run();
    throw failure('EIO');
  });
}

let lives = 0;

/** A process of its own that opens a sink, writes, seals and closes; gives back what was acked. */
async function live(disk: Disk, prefix: string): Promise<string[]> {
  const acked: string[] = [];
  const startTicks = String(++lives);
  const self = { pid: lives, startTicks, bootId: 'boot', pidNamespace: 'pid' };
  const processes = { self, startTicks: (pid: number) => (pid === self.pid ? startTicks : null) };
  const { sink, clock, write } = sinkOn('/data', { disk, processes, maxSegmentBytes: 1_500 });
  let isOpening = true;
  const opening = sink.open().finally(() => {
    isOpening = false;
  });
  opening.catch((error: unknown) => expect(error).toMatchObject({ code: 'EIO' }));
  // A claim that could not be read is watched.
  for (let turns = 0; isOpening && turns < 1_000; turns++) {
    await settle();
    clock.advance(fileSinkLimits.leaseWatchMs);
  }
  for (let i = 0; i < 6; i++) {
    const eventId = `${prefix}-${i}`;
    if ((await write(eventId))?.kind === 'stored') acked.push(eventId);
    clock.advance(fileSinkLimits.maxBackoffMs);
  }
  await sink.close(1_000);
  return acked;
}

function idsOn(disk: MemoryDisk): Set<string> {
  const segments = [...disk.files()].filter(([path]) => path.endsWith('.seg'));
  return new Set(segments.flatMap(([, bytes]) => recordsIn(bytes).map(({ eventId }) => eventId)));
}

describe('FileSink, whichever call on the disk fails', () => {
  it.each(['once', 'for good'])('has what it acked, and works again: %s', async (how) => {
    let calls = 0;
    let isThrough = false;
    for (let at = 0; !isThrough && at < 200; at++) {
      const memory = new MemoryDisk();
      const before = await live(memory, 'before');
      calls = 0;
      const disk = failingDisk((_, count) => {
        calls = count + 1;
        return how === 'once' ? count === at : count >= at;
      }, memory);
      const acked = await live(disk, 'meanwhile');
      const after = await live(memory, 'after');
      expect(after, `call ${at}`).toHaveLength(6);
      const found = idsOn(memory);
      const lost = [...before, ...acked, ...after].filter((eventId) => !found.has(eventId));
      expect(lost, `call ${at}`).toEqual([]);
      isThrough = calls <= at;
    }
    expect(isThrough).toBe(true);
    expect(calls).toBeGreaterThan(30);
  });

  it('leaves no empty segment behind when the name of a new one cannot be made durable', async () => {
    const folder = await dataFolder();
    let isBroken = false;
    const disk = failingDisk(
      ({ name, path }) => isBroken && name === 'syncFolder' && path.endsWith('segments'),
    );
    const { sink, write } = sinkOn(folder, { disk });
    await sink.open();
    isBroken = true;
    expect(await write('lost')).toMatchObject({ kind: 'retry' });
    expect(segmentFiles(folder)).toEqual([]);
  });

  it('cuts a segment that it gives up to what it acked', async () => {
    const folder = await dataFolder();
    let isBroken = false;
    const disk = failingDisk(({ name }) => isBroken && name === 'datasync');
    const { sink, clock, write } = sinkOn(folder, { disk });
    await sink.open();
    await write('acked');
    isBroken = true;
    await write('not acked');
    isBroken = false;
    clock.advance(fileSinkLimits.maxBackoffMs);
    expect(await write('acked too')).toEqual(stored);
    expect(storedEventIds(folder)).toEqual(['acked', 'acked too']);
  });

  it('keeps a segment readable that could not be deleted', async () => {
    const folder = await dataFolder();
    const disk = failingDisk(({ name, path }) => name === 'remove' && path.endsWith('.seg'));
    const { sink, write } = sinkOn(folder, { disk, maxSegmentBytes: 1 });
    await sink.open();
    await write('a');
    const [segment] = sink.readableSegments();
    await expect(sink.deleteSegment(segment!.name)).rejects.toThrow('EIO');
    expect(sink.readableSegments()).toEqual([segment]);
  });

  it('has deleted a segment for good once it says so', async () => {
    const folder = await dataFolder();
    const calls: string[] = [];
    const disk = interceptedDisk(nodeDisk, async ({ name, path }, run) => {
      const result = await run();
      calls.push(`${name} ${path}`);
      return result;
    });
    const { sink, write } = sinkOn(folder, { disk, maxSegmentBytes: 1 });
    await sink.open();
    await write('a');
    const [segment] = sink.readableSegments();
    await sink.deleteSegment(segment!.name);
    const removed = calls.indexOf(`remove ${segment!.path}`);
    expect(calls.slice(removed)).toContain(`syncFolder ${join(folder, 'segments')}`);
  });

  it('closes although it cannot say that it lets go of the folder', async () => {
    const folder = await dataFolder();
    let isFull = false;
    const disk = interceptedDisk(nodeDisk, async ({ name, path }, run) => {
      if (isFull && name === 'create' && path.includes('owner-')) throw failure('ENOSPC');
      return run();
    });
    const { sink, logger } = sinkOn(folder, { disk });
    await sink.open();
    isFull = true;
    await sink.close(1_000);
    expect(logger.messages('warn')).toEqual(['data folder not released']);
  });

  it('closes in time although the disk hangs', async () => {
    const folder = await dataFolder();
    let isHanging = false;
    let release: () => void = () => undefined;
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    const disk = interceptedDisk(nodeDisk, async (_, run) => {
      if (isHanging) await hanging;
      return run();
    });
    const { sink, clock, write } = sinkOn(folder, { disk });
    await sink.open();
    await write('a');
    isHanging = true;
    let isClosed = false;
    const closing = sink.close(1_000).then(() => {
      isClosed = true;
    });
    await vi.waitFor(() => expect(clock.timerCount).toBeGreaterThan(0));
    clock.advance(1_000);
    await vi.waitFor(() => expect(isClosed).toBe(true));
    release();
    await closing;
  });

  it('makes the names of all new folders durable, and first the outer ones', async () => {
    const parent = await dataFolder();
    const synced: string[] = [];
    const disk = interceptedDisk(nodeDisk, async ({ name, path }, run) => {
      if (name === 'syncFolder') synced.push(path);
      return run();
    });
    const folder = join(parent, 'a', 'b', 'c');
    const { sink } = sinkOn(folder, { disk });
    await sink.open();
    for (const each of [parent, join(parent, 'a'), join(parent, 'a', 'b'), folder]) {
      expect(synced).toContain(each);
    }
  });
});

describe('FileSink whose folder another one has taken over while it was paused', () => {
  const processOf = (bootId: string) => ({
    self: { pid: 1, startTicks: '1', bootId, pidNamespace: 'pid' },
    startTicks: () => '1',
  });

  async function takenOver() {
    const folder = await dataFolder();
    const paused = sinkOn(folder, { processes: processOf('one'), maxSegmentBytes: 1 });
    await paused.sink.open();
    expect(await paused.write('before')).toEqual(stored);
    const other = sinkOn(folder, { processes: processOf('another') });
    const opening = other.sink.open();
    await vi.waitFor(() => expect(other.clock.timerCount).toBeGreaterThan(0));
    other.clock.advance(fileSinkLimits.leaseWatchMs);
    await opening;
    return { paused, other };
  }

  it('acks nothing any more, for the other one may not read what it writes', async () => {
    const { paused, other } = await takenOver();
    expect(await paused.write('after')).toEqual({ kind: 'retry', code: 'sink_unavailable' });
    paused.clock.advance(fileSinkLimits.maxBackoffMs);
    expect(paused.sink.availability().isAvailable).toBe(false);
    expect(paused.logger.messages('error')).toEqual(['data folder taken over by another process']);
    expect(await other.write('mine')).toEqual(stored);
  });

  it('deletes no segment, and says that nothing of it may be changed', async () => {
    const { paused, other } = await takenOver();
    const [segment] = paused.sink.readableSegments();
    await expect(paused.sink.deleteSegment(segment!.name)).rejects.toThrow(FolderLostError);
    await expect(paused.sink.ensureOwned()).rejects.toThrow(FolderLostError);
    expect(other.sink.readableSegments().map(({ name }) => name)).toContain(segment!.name);
    await other.sink.ensureOwned();
  });
});

describe('FileSink over damage in its newest segment', () => {
  /** A folder whose one segment has three events, and a way to damage it. */
  async function folderOfThree() {
    const folder = await dataFolder();
    const { sink } = sinkOn(folder);
    await sink.open();
    await sink.write(['a', 'b', 'c'].map((eventId) => acceptedEvent(eventId)));
    await sink.close(1_000);
    const [path = ''] = segmentFiles(folder);
    const quarantine = async () => {
      const names = await readdir(join(folder, 'quarantine'));
      const copies = await Promise.all(
        names.map((name) => readFile(join(folder, 'quarantine', name))),
      );
      return Buffer.concat(copies).toString('latin1');
    };
    return { folder, path, bytes: await readFile(path), quarantine };
  }

  it('keeps a copy of the tail that it cuts: it may be an acked event that went bad', async () => {
    const { folder, path, bytes, quarantine } = await folderOfThree();
    bytes[bytes.length - 10]! ^= 1;
    await writeFile(path, bytes);
    const { sink, logger } = sinkOn(folder);
    await sink.open();
    expect(storedEventIds(folder)).toEqual(['a', 'b']);
    const [, , lastLine] = bytes.toString('latin1').split('\n').filter(Boolean);
    expect(await quarantine()).toContain(lastLine);
    expect(logger.messages('info')).toContain('torn tail cut');
  });

  it('keeps a copy of a segment without any valid line', async () => {
    const { folder, path, bytes, quarantine } = await folderOfThree();
    for (let at = 0; at < bytes.length; at += 20) bytes[at]! ^= 1;
    await writeFile(path, bytes);
    const { sink } = sinkOn(folder);
    await sink.open();
    expect(segmentFiles(folder)).toEqual([]);
    for (const line of bytes.toString('latin1').split('\n'))
      expect(await quarantine()).toContain(line);
  });

  it('copies nothing of an empty segment', async () => {
    const { folder, path, quarantine } = await folderOfThree();
    await writeFile(path, '');
    const { sink } = sinkOn(folder);
    await sink.open();
    expect(await quarantine()).toBe('');
    expect(segmentFiles(folder)).toEqual([]);
  });

  it('makes the copy durable, whole or not at all, before it cuts anything', async () => {
    const { folder, path, bytes, quarantine } = await folderOfThree();
    const torn = bytes.subarray(0, bytes.length - 10);
    await writeFile(path, torn);
    const calls: string[] = [];
    const disk = interceptedDisk(nodeDisk, async ({ name, path: at }, run) => {
      calls.push(`${name} ${basename(dirname(at))}/${basename(at).slice(-8)}`);
      return run();
    });
    const failing = sinkOn(folder, { disk: failingDisk(({ name }) => name === 'truncate') });
    await expect(failing.sink.open()).rejects.toThrow('EIO');
    const copy = await quarantine();
    await failing.sink.close(1_000);
    await sinkOn(folder, { disk }).sink.open();
    expect(await quarantine()).toBe(copy);
    expect(storedEventIds(folder)).toEqual(['a', 'b']);
  });
});

describe('FileSink under an odd clock', () => {
  it.each([-5, 253_402_300_800_000, 8.64e15])(
    'names segments so that they are found: %d',
    async (ms) => {
      const folder = await dataFolder();
      const { sink, clock, write } = sinkOn(folder, { maxSegmentBytes: 1 });
      await sink.open();
      clock.setWallClock(ms);
      for (const eventId of ['a', 'b']) expect(await write(eventId)).toEqual(stored);
      await sink.close(1_000);
      const next = sinkOn(folder);
      await next.sink.open();
      expect(next.sink.readableSegments()).toHaveLength(2);
      expect(storedEventIds(folder).sort()).toEqual(['a', 'b']);
      expect(await next.write('c')).toEqual(stored);
    },
  );
});
