/**
 * Looks through the segments that an earlier process left.
 *
 * Of the newest one an invalid tail is cut: a write that was under way, never acked. Any other
 * damage is a disk's or a person's doing: it is copied to the quarantine folder and reported, and
 * the segment is left as it is; readers skip it by its checksum.
 */
import { open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isSegmentName, scanSegment } from '@holdfast/protocol/file-segment';
import type { Logger } from '../ports.js';

export interface FoundSegment {
  readonly name: string;
  readonly path: string;
  readonly validBytes: number;
}

/** The names of the segments in a folder, oldest first. */
export async function segmentNames(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter(isSegmentName).sort();
}

/** A segment as it stands, unread. */
export async function findSegment(folder: string, name: string): Promise<FoundSegment> {
  const path = join(folder, name);
  return { name, path, validBytes: (await stat(path)).size };
}

/** Cuts what a crash left behind the last valid line; undefined if nothing is left then. */
export async function recoverNewest(
  segment: FoundSegment,
  quarantine: string,
  logger: Logger,
): Promise<FoundSegment | undefined> {
  const bytes = await readFile(segment.path);
  const { validEnd, damaged } = scanSegment(bytes, () => undefined);
  await quarantineDamage(
    segment.name,
    bytes,
    damaged.filter(({ end }) => end <= validEnd),
    quarantine,
    logger,
  );
  if (validEnd === 0) {
    await unlink(segment.path);
    logger.log('info', 'empty segment removed', { segment: segment.name, bytes: bytes.length });
    return undefined;
  }
  await cutAndSync(segment.path, validEnd);
  if (validEnd < bytes.length) {
    logger.log('info', 'torn tail cut', { segment: segment.name, bytes: bytes.length - validEnd });
  }
  return { ...segment, validBytes: validEnd };
}

/** Reports and copies the damage of a segment that was sealed. */
export async function checkSealed(
  segment: FoundSegment,
  quarantine: string,
  logger: Logger,
): Promise<void> {
  const bytes = await readFile(segment.path);
  const { damaged } = scanSegment(bytes, () => undefined);
  await quarantineDamage(segment.name, bytes, damaged, quarantine, logger);
}

/** Also syncs a segment that needs no cut: its last lines may only be in the page cache. */
async function cutAndSync(path: string, length: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(length);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function quarantineDamage(
  name: string,
  bytes: Uint8Array,
  damaged: readonly { readonly start: number; readonly end: number }[],
  quarantine: string,
  logger: Logger,
): Promise<void> {
  for (const { start, end } of damaged) {
    const copy = join(quarantine, `${name}.${start}-${end}.damaged`);
    const isNew = await writeOnce(copy, bytes.subarray(start, end));
    if (isNew) logger.log('error', 'damaged segment', { segment: name, start, end, copy });
  }
}

/** False if an earlier start has copied the same damage. */
async function writeOnce(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const handle = await open(path, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
