/**
 * Looks through the segments that an earlier process left.
 *
 * Of the newest one an invalid tail is cut: a write that was under way, never acked. It is copied
 * to the quarantine first, for an acked line that a disk has damaged looks the same. Any other
 * damage is a disk's or a person's doing: it is copied and reported, and the segment is left as it
 * is; readers skip it by its checksum.
 */
import { join } from 'node:path';
import { isSegmentName, scanSegment } from '@holdfast/protocol/file-segment';
import type { Disk } from '@holdfast/server-core/disk/disk';
import type { Logger } from '@holdfast/server-core/ports';
import type { Quarantine } from './quarantine.js';

export interface FoundSegment {
  readonly name: string;
  readonly path: string;
  readonly validBytes: number;
}

/** The segments in a folder as they stand, unread; oldest first. */
export async function findSegments(disk: Disk, folder: string): Promise<FoundSegment[]> {
  const names = (await disk.list(folder)).map(({ name }) => name).filter(isSegmentName);
  const found: FoundSegment[] = [];
  for (const name of names.sort()) {
    const path = join(folder, name);
    const stat = await disk.stat(path);
    if (stat !== undefined) found.push({ name, path, validBytes: stat.bytes });
  }
  return found;
}

/** Cuts what a crash left behind the last valid line; undefined if nothing is left then. */
export async function recoverNewest(
  disk: Disk,
  segment: FoundSegment,
  quarantine: Quarantine,
  logger: Logger,
): Promise<FoundSegment | undefined> {
  const { name, path } = segment;
  const bytes = (await disk.readFile(path)) ?? new Uint8Array();
  const { validEnd, damaged } = scanSegment(bytes, () => undefined);
  const inside = damaged.filter(({ end }) => end <= validEnd);
  await quarantineDamage(name, bytes, inside, quarantine, logger);
  const tail = bytes.subarray(validEnd);
  if (tail.length > 0) {
    const copy = await quarantine.keep(nameOfCopy(name, validEnd, bytes.length), tail);
    logger.log('info', 'torn tail cut', { segment: name, bytes: tail.length, ...copy });
  }
  if (validEnd === 0) {
    await disk.remove(path);
    return undefined;
  }
  if (tail.length > 0) await disk.truncate(path, validEnd);
  await sync(disk, path);
  return { ...segment, validBytes: validEnd };
}

/** Reports and copies the damage of a segment that was sealed. */
export async function checkSealed(
  disk: Disk,
  segment: FoundSegment,
  quarantine: Quarantine,
  logger: Logger,
): Promise<void> {
  const bytes = await disk.readFile(segment.path);
  // Deleted by the archive meanwhile.
  if (bytes === undefined) return;
  const { damaged } = scanSegment(bytes, () => undefined);
  await quarantineDamage(segment.name, bytes, damaged, quarantine, logger);
}

/** Also for a segment that needed no cut: its last lines may only be in the page cache. */
async function sync(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path);
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function quarantineDamage(
  name: string,
  bytes: Uint8Array,
  damaged: readonly { readonly start: number; readonly end: number }[],
  quarantine: Quarantine,
  logger: Logger,
): Promise<void> {
  for (const { start, end } of damaged) {
    const copy = await quarantine.keep(nameOfCopy(name, start, end), bytes.subarray(start, end));
    if (copy.isKnown) continue;
    logger.log('error', 'damaged segment', { segment: name, start, end, ...copy });
  }
}

function nameOfCopy(segment: string, start: number, end: number): string {
  return `${segment}.${start}-${end}.damaged`;
}
