import { storageLimits } from '../limits.js';
import type { ArchiveFile } from './manifest.js';

/**
 * Which of a partition's files are written again, together with what is new. Files are sorted into
 * tiers, each four times the size of the one below. Where a tier holds `mergeFiles` of them, it and
 * all below become one file. So a row is written again once a tier, and a partition keeps at most
 * `mergeFiles` − 1 files in each of a handful of tiers.
 */
export function filesToMerge(files: readonly ArchiveFile[]): ArchiveFile[] {
  const small = files.filter(({ bytes }) => bytes < storageLimits.mergeBelowBytes);
  const counts = new Map<number, number>();
  for (const file of small) counts.set(tierOf(file), (counts.get(tierOf(file)) ?? 0) + 1);
  const full = [...counts].filter(([, count]) => count >= storageLimits.mergeFiles);
  const highest = Math.max(...full.map(([tier]) => tier));
  return small.filter((file) => tierOf(file) <= highest);
}

function tierOf({ bytes }: ArchiveFile): number {
  return Math.max(0, Math.ceil(Math.log2(bytes / storageLimits.smallestTierBytes) / 2));
}
