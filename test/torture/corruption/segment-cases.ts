/** Every damage to the file sink's segments and its claim of the folder, and what must hold. */
import { SeededRandom } from '../../support/seeded-random.js';
import { segmentFaults, wrongLines } from './check-segments.js';
import type { CorruptionCase } from './corruption-case.js';
import {
  type Damage,
  lostSectors,
  misplacedPieces,
  misplacedSectors,
  ordinaryDamages,
} from './damage.js';
import { dataFolder, type LeftSegments, leaveSegments } from './left-segments.js';
import { intrudes, readSegments } from './read-segments.js';

export async function* segmentCases(seed: number): AsyncGenerator<CorruptionCase> {
  const random = new SeededRandom(seed);
  const small = await leaveSegments(seed, 60);
  for (const [path, bytes] of small.files) {
    const isSegment = path.endsWith('.seg');
    for (const damage of ordinaryDamages(bytes, random)) {
      yield isSegment ? segmentCase(small, path, damage) : claimCase(small, path, damage);
    }
    if (!isSegment) continue;
    const lines = small.lines.filter((line) => line.path === path);
    for (const damage of misplacedPieces(bytes, lines)) yield segmentCase(small, path, damage);
    for (const damage of overwritten(bytes)) yield segmentCase(small, path, damage);
  }
  yield* wholeFileCases(small);
  const large = await leaveSegments(seed, 6_000);
  for (const [path, bytes] of large.files) {
    if (!path.endsWith('.seg')) continue;
    for (const damage of lostSectors(bytes, random)) yield segmentCase(large, path, damage);
    for (const damage of misplacedSectors(bytes)) yield segmentCase(large, path, damage);
  }
}

function segmentCase(left: LeftSegments, path: string, damage: Damage): CorruptionCase {
  const files = new Map(left.files).set(path, damage.bytes);
  const which = path === left.newest ? 'newest segment' : 'sealed segment';
  return {
    target: `file sink: ${which}`,
    kind: damage.kind,
    where: `${damage.where} of ${path}`,
    faults: async () => [...segmentFaults(left, path, damage, await readSegments(files))],
  };
}

/** Nobody gets into the folder of a live process, and everybody into that of a dead one. */
function claimCase(left: LeftSegments, path: string, damage: Damage): CorruptionCase {
  const files = new Map(left.files).set(path, damage.bytes);
  return {
    target: 'file sink: claim of the folder',
    kind: damage.kind,
    where: `${damage.where} of ${path}`,
    async faults() {
      const isRobbed = await intrudes(files);
      const read = await readSegments(files);
      const missing = left.lines.length - read.lines.length;
      return [
        ...(isRobbed ? ['a live process was robbed of its folder'] : []),
        ...(missing === 0 ? [] : [`${missing} lines are missing`]),
        ...wrongLines(left, read),
      ];
    },
  };
}

/** What is not cut up into lines, or into far too many. */
function* overwritten(bytes: Uint8Array): Generator<Damage> {
  for (const text of ['x', 'x\n', '\n', '\t', '\0', 'deadbeef\t', 'deadbeef\ta\t1\t{}\t{}\n']) {
    const where = JSON.stringify(text);
    const junk = Buffer.alloc(2 ** 17, text);
    yield { kind: 'hostile length', where: `${where} behind`, bytes: Buffer.concat([bytes, junk]) };
    const middle = [bytes, junk, bytes];
    yield { kind: 'hostile length', where: `${where} between`, bytes: Buffer.concat(middle) };
  }
}

/** Segments in each other's place, missing, there twice, or under a name of somebody else's. */
function* wholeFileCases(left: LeftSegments): Generator<CorruptionCase> {
  const paths = [...left.files.keys()].filter((path) => path.endsWith('.seg'));
  for (const path of paths) {
    for (const other of paths) {
      if (other <= path) continue;
      const files = new Map(left.files).set(path, left.files.get(other)!);
      files.set(other, left.files.get(path)!);
      yield wholeFileCase(left, 'exchanged segments', `${path} and ${other}`, files);
    }
    const bytes = left.files.get(path)!;
    const twice = path.replace(/\/(\d{12})\d-/, '/$19-');
    const copies = new Map(left.files).set(twice, bytes);
    yield wholeFileCase(left, 'duplicated file', `${path} as ${twice}`, copies);
    const foreign = `${dataFolder}/segments/${path.slice(path.lastIndexOf('/') + 1)}.bak`;
    const beside = new Map(left.files).set(foreign, bytes);
    yield wholeFileCase(left, 'duplicated file', `${path} as ${foreign}`, beside);
  }
}

function wholeFileCase(
  left: LeftSegments,
  kind: string,
  where: string,
  files: ReadonlyMap<string, Uint8Array>,
): CorruptionCase {
  return {
    target: 'file sink: whole files',
    kind,
    where,
    async faults() {
      const read = await readSegments(files);
      const texts = new Set(read.lines.map(({ line }) => Buffer.from(line.event).toString()));
      const missing = left.lines.filter(
        ({ line }) => !texts.has(Buffer.from(line.event).toString()),
      );
      const gone = [...files.keys()].filter(
        (path) => path.includes('/segments/') && !read.files.has(path),
      );
      return [
        ...wrongLines(left, read),
        ...missing.map(({ path, start }) => `the line at ${start} of ${path} is lost`),
        ...gone.map((path) => `${path} was deleted`),
      ];
    },
  };
}
