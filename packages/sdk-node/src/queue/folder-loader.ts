import { nodeLimits } from '../limits.js';
import { scanAcks, type Verdict, verdicts } from './ack-format.js';
import type { FileSystem } from './file-system.js';
import type { QueueFolder } from './queue-folder.js';
import { ackPathOf, Segment } from './segment.js';
import { parseSegmentName, type SegmentName, scanRecords, segmentMagic } from './segment-format.js';

export interface LoadedSegment {
  readonly segment: Segment;
  /** Records that were found damaged just now, and by nobody before. */
  readonly lostCount: number;
}

/**
 * Learns what a segment of an earlier owner holds: how many records, which are settled, and what
 * is damaged. Rejects with the file system's error if it cannot be read now.
 */
export async function loadSegment(
  fileSystem: FileSystem,
  folder: QueueFolder,
  name: SegmentName,
): Promise<LoadedSegment> {
  const segment = new Segment(folder, name);
  segment.isFinal = true;
  const sizeBytes = fileSystem.sizeOf(segment.path) ?? 0;
  if (sizeBytes > nodeLimits.maxReadableSegmentBytes) {
    segment.isDamaged = true;
    return { segment, lostCount: 1 };
  }
  const bytes = await fileSystem.read(segment.path, 0, sizeBytes);
  const { sizes, isDamaged, isTailDamaged } = measure(bytes, segment.seed);
  // A damaged tail held at least one record: the one after the last that can be read.
  if (isTailDamaged) sizes.push(undefined);
  segment.isDamaged = isDamaged;
  segment.count = sizes.length;
  segment.readableEnd = Math.max(bytes.length, segmentMagic.length);
  segment.unsettledBytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  await applyAcks(fileSystem, segment, sizes);
  const lost = [...sizes.keys()].filter((ordinal) => sizes[ordinal] === undefined);
  return { segment, lostCount: loseUnread(fileSystem, segment, lost) };
}

interface Measure {
  /** JSON bytes by ordinal; undefined where the record cannot be read. */
  readonly sizes: (number | undefined)[];
  readonly isDamaged: boolean;
  readonly isTailDamaged: boolean;
}

function measure(bytes: Uint8Array, seed: number): Measure {
  const sizes: (number | undefined)[] = [];
  const headBytes = segmentMagic.length;
  // An empty file was created and not written to any more: nothing is missing.
  if (bytes.length === 0) return { sizes, isDamaged: false, isTailDamaged: false };
  const isHeadDamaged = !segmentMagic.equals(bytes.subarray(0, headBytes));
  if (bytes.length < headBytes) return { sizes, isDamaged: true, isTailDamaged: true };
  const scan = scanRecords(bytes.subarray(headBytes), seed, headBytes, (record) => {
    while (sizes.length < record.ordinal) sizes.push(undefined);
    sizes[record.ordinal] = record.sizeBytes;
  });
  return { ...scan, sizes, isDamaged: scan.isDamaged || isHeadDamaged };
}

async function applyAcks(
  fileSystem: FileSystem,
  segment: Segment,
  sizes: readonly (number | undefined)[],
): Promise<void> {
  const ackBytes = fileSystem.sizeOf(segment.ackPath);
  if (ackBytes === undefined) return;
  const end = Math.min(ackBytes, nodeLimits.maxReadableSegmentBytes);
  const bytes = await fileSystem.read(segment.ackPath, 0, end);
  segment.ackEnd = scanAcks(bytes, segment.id, segment.seed, (first, last) => {
    for (let ordinal = first; ordinal <= last && ordinal < sizes.length; ordinal++) {
      segment.settle(ordinal, sizes[ordinal] ?? 0);
    }
  });
}

function loseUnread(fileSystem: FileSystem, segment: Segment, unread: readonly number[]): number {
  const lost = unread.filter((ordinal) => segment.settle(ordinal, 0));
  if (lost.length === 0) return 0;
  // So that the next process does not tell of the same loss again.
  const verdict: Verdict = verdicts.lost;
  segment.writeAcks(
    fileSystem,
    lost.map((ordinal) => ({ ordinal, verdict })),
  );
  return lost.length;
}

export interface FolderContents {
  /** Segments, oldest first. */
  readonly segments: readonly SegmentName[];
  /** Folders inside, which the owner had adopted. */
  readonly nested: readonly string[];
  /** Files that nobody needs any more once no segment is left. */
  readonly leftovers: readonly string[];
}

const folderPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a folder's name is that of a client's own folder. */
export function isQueueFolderName(name: string): boolean {
  return folderPattern.test(name);
}

/** What lies in a queue folder, by the names. */
export function sortContents(names: readonly string[]): FolderContents {
  const segments = names
    .map(parseSegmentName)
    .filter((name) => name !== undefined)
    .sort((a, b) => a.number - b.number);
  const nested = names.filter(isQueueFolderName);
  const known = new Set(names.filter((name) => parseSegmentName(name)));
  const leftovers = names.filter((name) => !known.has(name) && !isQueueFolderName(name));
  return { segments, nested, leftovers };
}

/** The ack files among `names` whose segment is gone: a crash came between the two deletions. */
export function orphanAcks(names: readonly string[]): string[] {
  const acks = new Set(names.filter((name) => name.endsWith('.ack')));
  for (const name of names) if (name.endsWith('.seg')) acks.delete(ackPathOf(name));
  return [...acks];
}
