import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { dataFolder } from '../../../server-core/test/support/data-folder.js';
import { type DiskFault, FailingDisk } from '../../../server-core/test/support/failing-disk.js';
import { FakeClock } from '../../../server-core/test/support/fake-clock.js';
import { LogLines } from '../../../server-core/test/support/log-lines.js';
import { fileSinkLimits } from '../../src/limits.js';
import { FileSink, type FileSinkOptions } from '../../src/sinks/file/file-sink.js';
import type { ReadableSegment } from '../../src/sinks/file/segment-log.js';
import { acceptedEvent } from '../support/accepted-event.js';
import { recordsIn, segmentFiles, storedEventIds } from '../support/read-segments.js';

const stored = { kind: 'stored' };
const unavailable = { kind: 'retry', code: 'sink_unavailable' };

async function openSink(options: Partial<FileSinkOptions> = {}) {
  const folder = options.folder ?? (await dataFolder());
  const clock = new FakeClock();
  const logger = new LogLines();
  const sink = new FileSink({ folder, clock, logger, ...options });
  await sink.open();
  onTestFinished(() => sink.close(5_000));
  const write = async (eventId: string) => (await sink.write([acceptedEvent(eventId)]))[0];
  return { folder, clock, logger, sink, write };
}

/** What a reader may take from a segment. */
async function readableIds(segment: ReadableSegment): Promise<string[]> {
  const bytes = (await readFile(segment.path)).subarray(0, segment.validBytes);
  return recordsIn(bytes).map(({ eventId }) => eventId);
}

describe('FileSink', () => {
  it('shares one commit among what arrives while another is under way', async () => {
    const disk = new FailingDisk();
    const { sink } = await openSink({ disk: disk.disk });
    const writes = Array.from({ length: 100 }, (_, i) => sink.write([acceptedEvent(`e-${i}`)]));
    await Promise.all(writes);
    expect(disk.appends).toEqual([2]);
  });

  it('seals a segment that is full and tells of it, and goes on in the next', async () => {
    const { sink, write, folder } = await openSink({ maxSegmentBytes: 1_000 });
    const sealed: ReadableSegment[] = [];
    sink.onSealed((segment) => sealed.push(segment));
    for (let i = 0; i < 10; i++) expect(await write(`e-${i}`)).toEqual(stored);
    expect(sealed.length).toBeGreaterThan(1);
    for (const segment of sealed) expect((await stat(segment.path)).size).toBe(segment.validBytes);
    const names = sealed.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(storedEventIds(folder)).toEqual(Array.from({ length: 10 }, (_, i) => `e-${i}`));
  });

  it('seals a segment of age although nothing more arrives', async () => {
    const { sink, write, clock } = await openSink({ maxSegmentAgeMs: 60_000 });
    const sealed: string[] = [];
    sink.onSealed(({ name }) => sealed.push(name));
    await write('e-1');
    clock.advance(59_999);
    expect(sink.readableSegments().map(({ isOpen }) => isOpen)).toEqual([true]);
    clock.advance(1);
    await vi.waitFor(() => expect(sealed).toHaveLength(1));
    expect(sink.readableSegments()).toMatchObject([{ name: sealed[0], isOpen: false }]);
  });

  it('names segments in their order although the clock was set back', async () => {
    const { write, clock, folder } = await openSink({ maxSegmentBytes: 1 });
    await write('e-1');
    clock.setWallClock(1_000);
    await write('e-2');
    expect(storedEventIds(folder)).toEqual(['e-1', 'e-2']);
  });

  it('deletes a sealed segment when asked, never the open one', async () => {
    const { sink, write, folder } = await openSink({ maxSegmentBytes: 1_000 });
    for (let i = 0; i < 6; i++) await write(`e-${i}`);
    const [first, open] = sink.readableSegments();
    await sink.deleteSegment(first!.name);
    await sink.deleteSegment(open!.name);
    expect(sink.readableSegments()).toEqual([open]);
    expect(segmentFiles(folder)).toEqual([open!.path]);
  });

  it('refuses more bytes than may wait, and keeps what waits', async () => {
    const disk = new FailingDisk();
    const { sink } = await openSink({ disk: disk.disk });
    disk.fault = 'sync hangs';
    const bytes = Buffer.alloc(1_000_000, 'x');
    const write = (eventId: string) => sink.write([acceptedEvent(eventId, { bytes })]);
    const first = write('first');
    await vi.waitFor(() => expect(disk.appends).toEqual([1]));
    const count = Math.floor(fileSinkLimits.maxWaitingBytes / (bytes.length + 1_000));
    const waiting = Array.from({ length: count }, (_, i) => write(`e-${i}`));
    expect(await write('one too many')).toEqual([{ kind: 'retry', code: 'sink_busy' }]);
    disk.mend();
    const outcomes = (await Promise.all([first, ...waiting])).flat();
    expect(outcomes).toEqual(new Array(count + 1).fill(stored));
  });
});

describe('FileSink on a failing disk', () => {
  const faults: DiskFault[] = ['create fails', 'write is cut short', 'sync fails'];

  it.each(faults)('answers retry when a %s, and recovers by itself', async (fault) => {
    const disk = new FailingDisk();
    const { write, sink, clock, logger } = await openSink({ disk: disk.disk });
    disk.fault = fault;
    expect(await write('lost')).toEqual(unavailable);
    expect(sink.availability()).toEqual({
      isAvailable: false,
      retryAfterMs: fileSinkLimits.minBackoffMs,
    });
    expect(logger.messages('error')).toEqual(['file sink failed']);
    disk.mend();
    expect(await write('too early')).toEqual(unavailable);
    clock.advance(fileSinkLimits.minBackoffMs);
    expect(await write('kept')).toEqual(stored);
    expect((await Promise.all(sink.readableSegments().map(readableIds))).flat()).toEqual(['kept']);
  });

  it('never appends again to a segment whose write or sync failed', async () => {
    const disk = new FailingDisk();
    const { write, clock } = await openSink({ disk: disk.disk });
    await write('first');
    disk.fault = 'sync fails';
    await write('lost');
    disk.mend();
    clock.advance(fileSinkLimits.maxBackoffMs);
    await write('second');
    await write('third');
    expect(disk.appends).toEqual([2, 2]);
  });

  it('shows of a segment that was given up only what was confirmed', async () => {
    const disk = new FailingDisk();
    const { write, sink, folder } = await openSink({ disk: disk.disk });
    const sealed: ReadableSegment[] = [];
    sink.onSealed((segment) => sealed.push(segment));
    await write('confirmed');
    disk.fault = 'sync fails';
    await write('unconfirmed');
    expect(storedEventIds(folder)).toEqual(['confirmed', 'unconfirmed']);
    expect(sealed).toEqual(sink.readableSegments());
    expect(await readableIds(sealed[0]!)).toEqual(['confirmed']);
  });

  it('leaves no file behind for attempts that stored nothing', async () => {
    const disk = new FailingDisk();
    const { write, clock, folder } = await openSink({ disk: disk.disk });
    disk.fault = 'write is cut short';
    for (let i = 0; i < 20; i++) {
      await write(`e-${i}`);
      clock.advance(fileSinkLimits.maxBackoffMs);
    }
    expect(segmentFiles(folder)).toEqual([]);
  });

  it('tries at most every five seconds while the fault lasts', async () => {
    const disk = new FailingDisk();
    const { write, clock } = await openSink({ disk: disk.disk });
    disk.fault = 'write is cut short';
    for (let second = 0; second < 120; second++) {
      await write(`e-${second}`);
      clock.advance(1_000);
    }
    expect(disk.appends.length).toBeLessThan(32);
    expect(disk.appends.length).toBeGreaterThan(20);
  });

  it('answers retry within its time when the disk hangs, and is not available meanwhile', async () => {
    const disk = new FailingDisk();
    const { write, sink, clock } = await openSink({ disk: disk.disk });
    disk.fault = 'sync hangs';
    const hanging = write('hanging');
    await vi.waitFor(() => expect(disk.appends).toEqual([1]));
    clock.advance(fileSinkLimits.stallMs + 1);
    expect(sink.availability().isAvailable).toBe(false);
    expect(await write('refused')).toEqual(unavailable);
    clock.advance(15_000);
    expect(await hanging).toEqual(unavailable);
    disk.mend();
    await vi.waitFor(() => expect(sink.availability().isAvailable).toBe(true));
    expect(await write('kept')).toEqual(stored);
  });

  it('closes within its time although the disk hangs', async () => {
    const disk = new FailingDisk();
    const { write, sink, clock } = await openSink({ disk: disk.disk });
    disk.fault = 'sync hangs';
    const hanging = write('hanging');
    await vi.waitFor(() => expect(disk.appends).toEqual([1]));
    const closing = sink.close(1_000);
    clock.advance(1_000);
    await closing;
    clock.advance(15_000);
    expect(await hanging).toEqual(unavailable);
    disk.mend();
  });
});

describe('FileSink after a crash', () => {
  /** A folder with two segments of three events each, and the bytes of the newer one. */
  async function crashedFolder() {
    const folder = await dataFolder();
    const { sink } = await openSink({ folder });
    for (const name of ['old', 'new']) {
      await sink.write([0, 1, 2].map((i) => acceptedEvent(`${name}-${i}`)));
      if (name === 'old') await sink.close(1_000).then(() => sink.open());
    }
    await sink.close(1_000);
    const [older, newer] = segmentFiles(folder);
    return { folder, older: older!, newer: newer!, bytes: await readFile(newer!) };
  }

  it('cuts a torn tail at any byte and keeps every whole line', async () => {
    const { folder, newer, bytes } = await crashedFolder();
    const lineLength = bytes.length / 3;
    for (const cut of [1, lineLength - 1, lineLength, lineLength + 1, bytes.length - 1]) {
      await writeFile(newer, bytes.subarray(0, cut));
      const { sink } = await openSink({ folder });
      const whole = Math.floor(cut / lineLength);
      expect(storedEventIds(folder)).toHaveLength(3 + whole);
      const kept = await stat(newer).then(
        ({ size }) => size,
        () => 0,
      );
      expect(kept).toBe(whole * lineLength);
      expect(sink.readableSegments().reduce((sum, { validBytes }) => sum + validBytes, 0)).toBe(
        bytes.length + kept,
      );
      await sink.close(1_000);
      await writeFile(newer, bytes);
    }
  });

  it('copies other damage to the quarantine, reports it once, and deletes nothing', async () => {
    const { folder, older, newer, bytes } = await crashedFolder();
    const damaged = Buffer.from(bytes);
    damaged[20]! ^= 1;
    await writeFile(newer, damaged);
    await writeFile(older, damaged.subarray(0, bytes.length - 1));
    for (const expectedReports of [3, 0]) {
      const { sink, logger } = await openSink({ folder });
      await sink.checked();
      expect(logger.messages('error')).toEqual(new Array(expectedReports).fill('damaged segment'));
      for (const { fields } of logger.lines.filter(({ level }) => level === 'error')) {
        const source = fields.segment === older.split('/').at(-1) ? older : newer;
        const range = (await readFile(source)).subarray(Number(fields.start), Number(fields.end));
        expect(await readFile(String(fields.copy))).toEqual(range);
      }
      await sink.close(1_000);
    }
    expect(await readFile(newer)).toEqual(damaged);
    expect((await readFile(older)).length).toBe(bytes.length - 1);
  });

  it('goes on in a new segment, after what it found', async () => {
    const { folder } = await crashedFolder();
    const { sink, write } = await openSink({ folder });
    await write('next');
    expect(storedEventIds(folder).at(-1)).toBe('next');
    expect(sink.readableSegments().map(({ isOpen }) => isOpen)).toEqual([false, false, true]);
  });

  it('makes the folder with all its parents', async () => {
    const folder = join(await dataFolder(), 'a', 'b');
    const { write } = await openSink({ folder });
    expect(await write('e-1')).toEqual(stored);
  });
});
