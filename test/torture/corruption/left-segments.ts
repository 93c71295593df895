/** The data folder of a killed collector in memory, and a list of all that it acked. */
import type { AcceptedEvent } from '@holdfast/protocol';
import { encodeSegmentLines, type SegmentLine, scanSegment } from '@holdfast/protocol/file-segment';
import { FileSink } from '../../../packages/collector/src/sinks/file/file-sink.js';
import { acceptedEvent } from '../../../packages/collector/test/support/accepted-event.js';
import type { ProcessTable } from '../../../packages/server-core/src/process-identity.js';
import { FakeClock } from '../../../packages/server-core/test/support/fake-clock.js';
import { MemoryDisk } from '../../../packages/server-core/test/support/memory-disk.js';
import { SeededRandom } from '../../support/seeded-random.js';

export const dataFolder = '/data';

/** A line on the disk, and which bytes of which file hold it, the line feeds on both sides too. */
export interface WrittenLine {
  readonly line: SegmentLine;
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

export interface LeftSegments {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly lines: readonly WrittenLine[];
  /** The segment that was written to last. */
  readonly newest: string;
}

const ownerPid = 4_711;

/** What a process sees of itself, and of the one that wrote the segments. */
export function processTable(pid: number, isOwnerAlive: boolean): ProcessTable {
  const self = { pid, startTicks: '5', bootId: 'boot', pidNamespace: 'pid:[1]' };
  const isAlive = (other: number) => other === pid || (isOwnerAlive && other === ownerPid);
  return { self, startTicks: (other) => (isAlive(other) ? '5' : null) };
}

/** `longest` bounds the events' sizes. */
export async function leaveSegments(seed: number, longest: number): Promise<LeftSegments> {
  const random = new SeededRandom(seed);
  const disk = new MemoryDisk();
  const sink = new FileSink({
    ...{ folder: dataFolder, disk, clock: new FakeClock(), random },
    processes: processTable(ownerPid, true),
    maxSegmentBytes: 3 * longest + 1_200,
  });
  await sink.open();
  for (let n = 1; n <= 9; n++) {
    const outcomes = await sink.write(eventsOf(n, longest, random));
    if (outcomes.some(({ kind }) => kind !== 'stored')) throw new Error('the sink took not all');
  }
  const files = disk.files();
  const lines = [...files].flatMap(([path, bytes]) => linesOf(path, bytes));
  const newest = lines
    .map(({ path }) => path)
    .sort()
    .at(-1)!;
  return { files, lines, newest };
}

function eventsOf(n: number, longest: number, random: SeededRandom): AcceptedEvent[] {
  const pad = 'x'.repeat(random.below(longest));
  const json = (id: string, more = '') => `{"eventId":"${id}",\t"text":"é€😀 \\u0000"${more}}`;
  const ids = [`e-${n}-1`, `e-${n}-2`];
  return [
    acceptedEvent(ids[0]!, { bytes: Buffer.from(json(ids[0]!, `,"pad":"${pad}"`)) }),
    // A whole valid line inside an event, but for the line feeds, which no event can hold.
    acceptedEvent(ids[1]!, { bytes: n % 3 === 0 ? innerLine() : Buffer.from(json(ids[1]!)) }),
  ];
}

function innerLine(): Uint8Array {
  const line = encodeSegmentLines([acceptedEvent('inner')]);
  return line.subarray(1, line.length - 1);
}

function linesOf(path: string, bytes: Uint8Array): WrittenLine[] {
  const lines: WrittenLine[] = [];
  if (!path.endsWith('.seg')) return lines;
  scanSegment(bytes, (line) => {
    lines.push({ line, path, start: line.start - 1, end: line.end });
  });
  return lines;
}
