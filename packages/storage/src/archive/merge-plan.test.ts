import { describe, expect, it } from 'vitest';
import { storageLimits } from '../limits.js';
import type { ArchiveFile } from './manifest.js';
import { filesToMerge } from './merge-plan.js';

const file = (bytes: number): ArchiveFile => ({
  path: `${bytes}`,
  source: 'dev',
  idDay: '2026-11-23',
  rows: 1,
  bytes,
  minTimestampMs: 0,
  maxTimestampMs: 0,
});

const sizes = (...bytes: number[]) => filesToMerge(bytes.map(file)).map((each) => each.bytes);

describe('filesToMerge', () => {
  it('merges a tier that is full, and all below it', () => {
    expect(sizes(10, 20, 30)).toEqual([]);
    expect(sizes(10, 20, 30, 40)).toEqual([10, 20, 30, 40]);
    expect(sizes(10, 200_000, 210_000, 220_000, 230_000, 5_000_000)).toEqual([
      10, 200_000, 210_000, 220_000, 230_000,
    ]);
    expect(sizes(10, 200_000, 900_000, 3_000_000)).toEqual([]);
  });

  it('leaves large files alone', () => {
    expect(sizes(...Array<number>(9).fill(storageLimits.mergeBelowBytes))).toEqual([]);
  });

  it('keeps the files of a partition few and writes a row again a few times only', () => {
    let files: ArchiveFile[] = [];
    let written = 0;
    const each = 20_000;
    for (let run = 0; run < 2_000; run++) {
      const merged = filesToMerge(files);
      const bytes = merged.reduce((sum, one) => sum + one.bytes, each);
      written += bytes;
      files = [...files.filter((one) => !merged.includes(one)), file(bytes)];
      expect(files.length).toBeLessThan(25);
    }
    expect(written / (2_000 * each)).toBeLessThan(8);
  });
});
