import { nodeLimits } from '../limits.js';
import { type EndingCode, endingCodes, scanAcks } from './ack-format.js';
import { errnoOf, type FileSystem } from './file-system.js';
import { readAround } from './read-around.js';
import { ackPathOf, type QueueFolder, Segment } from './segment.js';
import {
  maxRecordCount,
  parseSegmentName,
  type SegmentName,
  scanRecords,
  segmentMagic,
} from './segment-format.js';

export interface LoadedSegment {
  readonly segment: Segment;
  /** Records that were found damaged just now, and by nobody before. */
  readonly lostCount: number;
  /** Those of them of which more is known than that they were there. */
  readonly lostOrdinals: readonly number[];
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
    return { segment, lostCount: 1, lostOrdinals: [] };
  }
  const bytes = await readAround(fileSystem, segment.path, 0, sizeBytes);
  const { sizes, isDamaged, isTailDamaged } = measure(bytes, segment);
  // A damaged tail held at least one record: the one after the last that can be read.
  if (isTailDamaged) sizes.push(undefined);
  const acks = await readAcks(fileSystem, segment);
  segment.isDamaged = isDamaged || sizes.length < acks.count;
  // Where an ending was written there was a record, and those before it.
  while (sizes.length < acks.count) sizes.push(undefined);
  segment.count = sizes.length;
  segment.readableEnd = Math.max(bytes.length, segmentMagic.length);
  segment.unsettledBytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  for (const { first, last } of acks.runs) {
    for (let ordinal = first; ordinal <= last && ordinal < sizes.length; ordinal++) {
      segment.settle(ordinal, sizes[ordinal] ?? 0);
    }
  }
  const lost = [...sizes.keys()].filter((ordinal) => sizes[ordinal] === undefined);
  const lostOrdinals = loseUnread(fileSystem, segment, lost);
  return { segment, lostCount: lostOrdinals.length, lostOrdinals };
}

interface Measure {
  /** JSON bytes by ordinal; undefined where the record cannot be read. */
  readonly sizes: (number | undefined)[];
  readonly isDamaged: boolean;
  readonly isTailDamaged: boolean;
}

function measure(bytes: Uint8Array, { seed, seqs }: Segment): Measure {
  const sizes: (number | undefined)[] = [];
  const headBytes = segmentMagic.length;
  // An empty file was created and not written to any more: nothing is missing.
  if (bytes.length === 0) return { sizes, isDamaged: false, isTailDamaged: false };
  const isHeadDamaged = !segmentMagic.equals(bytes.subarray(0, headBytes));
  if (bytes.length < headBytes) return { sizes, isDamaged: true, isTailDamaged: true };
  const scan = scanRecords(bytes.subarray(headBytes), seed, headBytes, (record) => {
    while (sizes.length < record.ordinal) sizes.push(undefined);
    sizes[record.ordinal] = record.sizeBytes;
    seqs.note(record.ordinal, record);
  });
  return { ...scan, sizes, isDamaged: scan.isDamaged || isHeadDamaged };
}

interface Acks {
  readonly runs: readonly { readonly first: number; readonly last: number }[];
  /** Records that had been written when the last ending was. */
  readonly count: number;
}

async function readAcks(fileSystem: FileSystem, segment: Segment): Promise<Acks> {
  const runs: { first: number; last: number }[] = [];
  const ackBytes = fileSystem.sizeOf(segment.ackPath);
  if (ackBytes === undefined) return { runs, count: 0 };
  const end = Math.min(ackBytes, nodeLimits.maxReadableSegmentBytes);
  const bytes = await readAround(fileSystem, segment.ackPath, 0, end).catch(forgetIfBad);
  segment.ackEnd = scanAcks(bytes, segment.id, segment.seed, (first, last) => {
    runs.push({ first, last });
  });
  const count = runs.reduce((highest, { last }) => Math.max(highest, last + 1), 0);
  return { runs, count: Math.min(count, maxRecordCount) };
}

/** Endings that stand in a bad sector cost copies; to wait for them would hold up their events. */
function forgetIfBad(error: unknown): Uint8Array {
  if (errnoOf(error) !== 'EIO') throw error;
  return new Uint8Array();
}

function loseUnread(
  fileSystem: FileSystem,
  segment: Segment,
  unread: readonly number[],
): readonly number[] {
  const lost = unread.filter((ordinal) => segment.settle(ordinal, 0));
  if (lost.length === 0) return lost;
  // So that the next process does not tell of the same loss again.
  const ending: EndingCode = endingCodes.lost;
  segment.writeAcks(
    fileSystem,
    lost.map((ordinal) => ({ ordinal, ending })),
  );
  return lost;
}

export interface FolderContents {
  /** Segments, oldest first. */
  readonly segments: readonly SegmentName[];
  /** Folders inside, which the owner had adopted. */
  readonly nested: readonly string[];
  /** Files of ours that nobody needs any more once no segment is left. */
  readonly leftovers: readonly string[];
  /** What we did not put there. */
  readonly foreign: readonly string[];
}

const folderPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const leftoverNames: readonly string[] = ['owner', 'owner.tmp', 'state.tmp'];

/** Whether a folder's name is that of a client's own folder. */
export function isQueueFolderName(name: string): boolean {
  return folderPattern.test(name);
}

/** What lies in a queue folder, by the names. */
export function sortContents(names: readonly string[]): FolderContents {
  const segments: SegmentName[] = [];
  const nested: string[] = [];
  const leftovers: string[] = [];
  const foreign: string[] = [];
  for (const name of names) {
    const segment = parseSegmentName(name);
    if (segment) segments.push(segment);
    else if (isQueueFolderName(name)) nested.push(name);
    else if (isAckName(name) || leftoverNames.includes(name)) leftovers.push(name);
    else foreign.push(name);
  }
  segments.sort((a, b) => a.number - b.number);
  return { segments, nested, leftovers, foreign };
}

/** The ack files among `names` whose segment is gone: a crash came between the two deletions. */
export function orphanAcks(names: readonly string[]): string[] {
  const acks = new Set(names.filter(isAckName));
  for (const name of names) if (name.endsWith('.seg')) acks.delete(ackPathOf(name));
  return [...acks];
}

function isAckName(name: string): boolean {
  return name.endsWith('.ack') && parseSegmentName(name.replace(/\.ack$/, '.seg')) !== undefined;
}
