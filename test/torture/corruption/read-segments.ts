/** Starts a collector's file sink on a folder that may be damaged, and reads all there is. */
import type { SegmentLine } from '@holdfast/protocol/file-segment';
import { fileSinkLimits } from '../../../packages/collector/src/limits.js';
import { FileSink } from '../../../packages/collector/src/sinks/file/file-sink.js';
import { acceptedEvent } from '../../../packages/collector/test/support/accepted-event.js';
import { FakeClock } from '../../../packages/server-core/test/support/fake-clock.js';
import { MemoryDisk } from '../../../packages/server-core/test/support/memory-disk.js';
import { SegmentReader } from '../../../packages/storage/src/log/segment-reader.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { dataFolder, processTable } from './left-segments.js';

export interface ReadLine {
  readonly line: SegmentLine;
  readonly path: string;
}

export interface ReadSegments {
  readonly lines: readonly ReadLine[];
  /** What is on the disk once it was looked through. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Whether it takes events. */
  readonly isTaking: boolean;
}

const readerPid = 815;

export async function readSegments(files: ReadonlyMap<string, Uint8Array>): Promise<ReadSegments> {
  const disk = new MemoryDisk(files);
  const clock = new FakeClock();
  const sink = openSink(disk, clock, false);
  const opening = sink.open();
  if (clock.timerCount === 0) await turn();
  // A claim that nobody can read is watched for a while.
  clock.advance(fileSinkLimits.leaseWatchMs);
  await opening;
  await sink.checked();
  const filesAfter = disk.files();
  const reader = new SegmentReader(disk);
  const lines: ReadLine[] = [];
  for (const segment of sink.readableSegments()) {
    await reader.readNew(segment, async (read) => {
      lines.push(...read.map((line) => ({ line, path: segment.path })));
      return 0;
    });
  }
  const [outcome] = await sink.write([acceptedEvent('afterwards')]);
  await sink.close(1_000);
  return { lines, files: filesAfter, isTaking: outcome?.kind === 'stored' };
}

/** Whether a second collector gets into the folder of one that lives and renews its claim. */
export async function intrudes(files: ReadonlyMap<string, Uint8Array>): Promise<boolean> {
  const disk = new MemoryDisk(files);
  const clock = new FakeClock();
  const opening = openSink(disk, clock, true)
    .open()
    .then(
      () => true,
      () => false,
    );
  await turn();
  for (const { name } of await disk.list(dataFolder)) {
    if (name.startsWith('owner-')) await disk.touch(`${dataFolder}/${name}`, 17);
  }
  clock.advance(fileSinkLimits.leaseWatchMs);
  return opening;
}

function openSink(disk: MemoryDisk, clock: FakeClock, isOwnerAlive: boolean): FileSink {
  const processes = processTable(readerPid, isOwnerAlive);
  return new FileSink({
    ...{ folder: dataFolder, disk, clock, random: new SeededRandom(readerPid), processes },
  });
}

/** Memory answers within a turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
