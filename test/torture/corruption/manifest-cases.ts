/** Every damage to the archive's manifest: it is detected, said, and nothing is deleted for it. */

import { MemoryDisk } from '../../../packages/server-core/test/support/memory-disk.js';
import { Archiver } from '../../../packages/storage/src/archive/archiver.js';
import {
  type ArchiveFile,
  encodeManifest,
  type Manifest,
} from '../../../packages/storage/src/archive/manifest.js';
import { ManifestStore } from '../../../packages/storage/src/archive/manifest-store.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { CorruptionCase } from './corruption-case.js';
import { type Damage, ordinaryDamages } from './damage.js';
import { EmptyConverter } from './empty-converter.js';

const folder = '/data/archive';
const path = `${folder}/manifest.json`;
const clearError = /manifest\.json (cannot be read|is missing).*restore it from a backup/;

export function* manifestCases(seed: number): Generator<CorruptionCase> {
  const random = new SeededRandom(seed);
  const manifest = makeManifest(random);
  const bytes = encodeManifest(manifest);
  for (const damage of ordinaryDamages(bytes, random)) yield manifestCase(manifest, damage);
  yield lostManifestCase(manifest);
}

function makeManifest(random: SeededRandom): Manifest {
  const below = (end: number) => Math.floor(random.fraction() * end);
  const files: ArchiveFile[] = Array.from({ length: 5 }, (_, n) => ({
    path: `events/source=shop/id_day=2026-11-${10 + n}/${n}-0.parquet`,
    source: 'shop',
    idDay: `2026-11-${10 + n}`,
    rows: below(9_000),
    bytes: 1 + below(2_000),
    minTimestampMs: 1_795_000_000_000 + below(10_000),
    maxTimestampMs: 1_795_000_000_000 + 10_000 + below(10_000),
  }));
  const segment = (n: number) => `179500000000${n}-00000000-0000-4000-8000-00000000000${n}.seg`;
  return {
    version: 1,
    generation: 1 + below(100),
    segments: [segment(1), segment(2)],
    damagedSegments: [segment(2)],
    files,
    copies: below(50),
  };
}

function manifestCase(manifest: Manifest, damage: Damage): CorruptionCase {
  return {
    target: 'archive: manifest',
    kind: damage.kind,
    where: damage.where,
    async faults() {
      const disk = archiveOf(manifest, damage.bytes);
      const faults = await readFaults(disk, manifest);
      return [...faults, ...(await recoveryFaults(disk, damage.bytes))];
    },
  };
}

/** One that is gone altogether takes no file for a leftover. */
function lostManifestCase(manifest: Manifest): CorruptionCase {
  return {
    target: 'archive: manifest',
    kind: 'missing file',
    where: path,
    faults: () => recoveryFaults(archiveOf(manifest, undefined), undefined),
  };
}

function archiveOf(manifest: Manifest, bytes: Uint8Array | undefined): MemoryDisk {
  const files = manifest.files.map(
    (file) => [`${folder}/${file.path}`, new Uint8Array(file.bytes)] as const,
  );
  return new MemoryDisk(bytes === undefined ? files : [...files, [path, bytes]]);
}

async function readFaults(disk: MemoryDisk, manifest: Manifest): Promise<string[]> {
  try {
    const read = await new ManifestStore(folder, disk).read();
    const isSame = JSON.stringify(read) === JSON.stringify(manifest);
    return isSame ? [] : [`it reads as ${JSON.stringify(read)?.slice(0, 100)}`];
  } catch (error) {
    const { message } = error as Error;
    return clearError.test(message) ? [] : [`the error says: ${message}`];
  }
}

/** The archiver does not start, and leaves everything as it is. */
async function recoveryFaults(disk: MemoryDisk, bytes: Uint8Array | undefined): Promise<string[]> {
  const before = disk.files();
  const archiver = new Archiver({
    ...{ folder, disk, segments: noSegments, converter: new EmptyConverter() },
    newId: () => 'new',
    onDamaged: () => {},
  });
  const faults: string[] = [];
  try {
    await archiver.recover();
    if (bytes === undefined) faults.push('it starts without a manifest');
  } catch (error) {
    const { message } = error as Error;
    if (!clearError.test(message)) faults.push(`the error says: ${message}`);
  }
  const after = disk.files();
  const changed = [...before].filter(([each, content]) => after.get(each) !== content);
  return [...faults, ...changed.map(([each]) => `${each} was changed or deleted`)];
}

const noSegments = {
  ensureOwned: async () => {},
  readableSegments: () => [],
  deleteSegment: async () => {},
  checked: async () => {},
  onSealed: () => () => {},
};
