import { join } from 'node:path';
import type { Disk } from '@holdfast/server-core/disk/disk';
import { nodeDisk } from '@holdfast/server-core/disk/node-disk';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Crash, crashingDisk } from '../../../server-core/test/support/crashing-disk.js';
import { dataFolder } from '../../../server-core/test/support/data-folder.js';
import { FakeClock } from '../../../server-core/test/support/fake-clock.js';
import { interceptedDisk } from '../../../server-core/test/support/intercepted-disk.js';
import { LogLines } from '../../../server-core/test/support/log-lines.js';
import { MemoryDisk } from '../../../server-core/test/support/memory-disk.js';
import { deadLetterLimits } from '../../src/limits.js';
import { CollectorMetrics } from '../../src/metrics/collector-metrics.js';
import {
  DeadLetterFiles,
  type DeadLetterFilesOptions,
} from '../../src/sinks/file/dead-letter-files.js';
import { acceptedEvent } from '../support/accepted-event.js';
import { recordsIn, storedEventIds } from '../support/read-segments.js';

/** Room for so many segments of one event each, which count for a block. */
const segments = (count: number) => count * deadLetterLimits.minCountedBytes;

const idle = {
  ...{ bytesInFlight: 0, requestsInFlight: 0, pressure: 0, loopDelayMs: 0 },
  isReady: true,
};

let lives = 0;

/** The dead letters of a process of its own; those that were there before are dead. */
function lettersOn(folder: string, options: Partial<DeadLetterFilesOptions> = {}) {
  const clock = new FakeClock();
  const logger = new LogLines();
  const startTicks = String(++lives);
  const self = { pid: lives, startTicks, bootId: 'boot', pidNamespace: 'pid' };
  const processes = { self, startTicks: (pid: number) => (pid === self.pid ? startTicks : null) };
  const parts = { folder, clock, logger, processes, maxSegmentBytes: 1 };
  const letters = new DeadLetterFiles({ ...parts, ...options });
  onTestFinished(() => letters.close(1_000));
  const write = async (eventId: string) => (await letters.write([acceptedEvent(eventId)]))[0];
  return { letters, clock, logger, write };
}

async function openLetters(options: Partial<DeadLetterFilesOptions> = {}) {
  const folder = options.folder ?? (await dataFolder());
  const opened = lettersOn(folder, options);
  await opened.letters.open();
  return { folder, ...opened };
}

describe('dead letters in files', () => {
  it('are deleted beyond their bound, the oldest first, whole segments, counted and logged', async () => {
    const { letters, logger, write, folder } = await openLetters({ maxBytes: segments(3) });
    const eventIds = Array.from({ length: 10 }, (_, i) => `e-${i}`);
    for (const eventId of eventIds) expect(await write(eventId)).toEqual({ kind: 'stored' });
    await vi.waitFor(() => expect(letters.readableSegments()).toHaveLength(3));
    expect(storedEventIds(folder)).toEqual(eventIds.slice(7));
    const { events, bytes } = letters.deleted();
    expect(events).toBe(7);
    expect(logger.messages('warn')).toEqual(new Array(7).fill('dead letters deleted'));
    const metrics = new CollectorMetrics([], () => idle, [letters]).render();
    expect(metrics).toContain('holdfast_dead_letters_deleted_total{sink="file"} 7\n');
    expect(metrics).toContain(`holdfast_dead_letter_bytes_deleted_total{sink="file"} ${bytes}\n`);
    expect(bytes).toBeGreaterThan(7 * 200);
  });

  it('are never deleted from the segment that is open', async () => {
    const large = { maxBytes: 0, maxSegmentBytes: 1_000_000 };
    const { letters, write, clock, folder } = await openLetters(large);
    await write('a');
    clock.advance(deadLetterLimits.maxSegmentAgeMs);
    await vi.waitFor(() => expect(letters.deleted().events).toBe(1));
    for (const eventId of ['b', 'c']) await write(eventId);
    expect(letters.readableSegments()).toMatchObject([{ isOpen: true }]);
    expect(storedEventIds(folder)).toEqual(['b', 'c']);
  });

  it('wait a day for their segment to fill, so that few of them make few files', async () => {
    const { letters, write, clock } = await openLetters({ maxSegmentBytes: 1_000_000 });
    await write('a');
    clock.advance(deadLetterLimits.maxSegmentAgeMs - 1);
    expect(letters.readableSegments()).toMatchObject([{ isOpen: true }]);
    clock.advance(1);
    await vi.waitFor(() => expect(letters.readableSegments()).toMatchObject([{ isOpen: false }]));
  });

  it('of an earlier process are held to the bound at the start, damage copied before', async () => {
    const { folder, letters, write } = await openLetters();
    for (const eventId of ['a', 'b', 'c', 'd']) await write(eventId);
    await letters.close(1_000);
    const [oldest] = letters.readableSegments();
    const bytes = Buffer.from((await nodeDisk.readFile(oldest!.path))!);
    await nodeDisk.remove(oldest!.path);
    const file = await nodeDisk.create(oldest!.path);
    await file.write(Buffer.concat([bytes, Buffer.from('damage\n')]));
    await file.close();
    const again = await openLetters({ folder, maxBytes: segments(2) });
    await vi.waitFor(() => expect(again.letters.readableSegments()).toHaveLength(2));
    expect(storedEventIds(folder)).toEqual(['c', 'd']);
    expect(again.letters.deleted().events).toBe(2);
    expect(await nodeDisk.list(join(folder, 'quarantine'))).toHaveLength(1);
  });

  it('are left to an owner who has to note them first', async () => {
    const { letters, write, folder } = await openLetters({ maxBytes: 0, deletes: 'when-told' });
    for (const eventId of ['a', 'b']) await write(eventId);
    const [first, second] = letters.readableSegments();
    expect(letters.beyondBound([first!, second!])).toEqual([first, second]);
    await letters.deleteSegment(first!.name);
    expect(storedEventIds(folder)).toEqual(['b']);
    expect(letters.deleted()).toEqual({ events: 1, bytes: first!.validBytes });
  });

  it('that could not be deleted are tried again with the next segment, and taken meanwhile', async () => {
    let isBroken = true;
    const disk = interceptedDisk(nodeDisk, async ({ name, path }, run) => {
      if (isBroken && name === 'remove' && path.endsWith('.seg')) throw new Error('EROFS');
      return run();
    });
    const { letters, write, logger, folder } = await openLetters({ maxBytes: segments(1), disk });
    for (const eventId of ['a', 'b', 'c']) expect(await write(eventId)).toEqual({ kind: 'stored' });
    await vi.waitFor(() => expect(logger.messages('error')).toContain('dead letters not deleted'));
    expect(letters.deleted().events).toBe(0);
    isBroken = false;
    await write('d');
    await vi.waitFor(() => expect(letters.deleted().events).toBe(3));
    expect(storedEventIds(folder)).toEqual(['d']);
  });

  it('that cannot be read are deleted all the same, and not counted as events', async () => {
    let isBroken = false;
    const disk: Disk = interceptedDisk(nodeDisk, async ({ name }, run) => {
      if (isBroken && name === 'readFile') throw new Error('EIO');
      return run();
    });
    const { letters, write, logger } = await openLetters({ maxBytes: segments(1), disk });
    await write('a');
    isBroken = true;
    await write('b');
    await vi.waitFor(() => expect(letters.deleted().bytes).toBeGreaterThan(0));
    expect(letters.deleted().events).toBe(0);
    expect(logger.messages('warn')).toContain('segment not counted');
  });
});

describe('a kill while dead letters are deleted', () => {
  const eventIds = ['a', 'b', 'c', 'd', 'e', 'f'];

  /** What a dead process has left: six segments without a bound. */
  async function left(): Promise<Map<string, Uint8Array>> {
    const disk = new MemoryDisk();
    const { letters, write } = await openLetters({ folder: '/data', disk });
    for (const eventId of eventIds) await write(eventId);
    await letters.close(1_000);
    return disk.files();
  }

  const idsOn = (disk: MemoryDisk) =>
    [...disk.files()]
      .filter(([path]) => path.endsWith('.seg'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, bytes]) => recordsIn(bytes).map(({ eventId }) => eventId));

  it('leaves the newest whole, whichever call was the last, and the next start goes on', async () => {
    const files = await left();
    let crashes = 0;
    let isThrough = false;
    for (let calls = 0; calls < 200 && !isThrough; calls++) {
      const memory = new MemoryDisk(files);
      const { disk, hasCrashed } = crashingDisk(memory, calls);
      const killed = lettersOn('/data', { disk, maxBytes: segments(2) });
      try {
        await killed.letters.open();
        await vi.waitFor(() => {
          if (!hasCrashed()) expect(killed.letters.deleted().events).toBe(4);
        });
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
      isThrough = !hasCrashed();
      if (hasCrashed()) crashes++;
      const kept = idsOn(memory);
      expect(kept).toEqual(eventIds.slice(-kept.length));
      expect(kept.length).toBeGreaterThanOrEqual(2);
      const next = await openLetters({ folder: '/data', disk: memory, maxBytes: segments(2) });
      await vi.waitFor(() => expect(idsOn(memory)).toEqual(['e', 'f']));
      await next.letters.close(1_000);
    }
    expect(isThrough).toBe(true);
    expect(crashes).toBeGreaterThan(15);
  });
});
