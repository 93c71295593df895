/** Every damage to every file of a queue, and what must hold of each. */
import type { QueueRecord } from '@holdfast/sdk-core/ports';
import { SeededRandom } from '../../support/seeded-random.js';
import {
  ackFaults,
  isKept,
  missingOf,
  otherFaults,
  segmentFaults,
  wrongRecords,
} from './check-queue.js';
import type { CorruptionCase } from './corruption-case.js';
import { type Damage, lostSectors, misplacedSectors, ordinaryDamages } from './damage.js';
import { hostileAcks, hostileRecords, misplacedRecords } from './hostile-queue-files.js';
import { type LeftQueue, leaveQueue, ownerId, rootPath } from './left-queue.js';
import { type ReadQueue, readQueue } from './read-queue.js';

type Check = (read: ReadQueue, damage: Damage) => Iterable<string>;

const leaseIsOverMs = 80_000;

export async function* queueCases(seed: number): AsyncGenerator<CorruptionCase> {
  const random = new SeededRandom(seed);
  const small = await leaveQueue(seed, 'small');
  for (const path of small.files.keys()) yield* casesOfFile(small, path, random);
  yield* exchangedFiles(small);
  const large = await leaveQueue(seed, 'large');
  for (const path of large.files.keys()) yield* casesOfSectors(large, path, random);
}

function* casesOfFile(
  left: LeftQueue,
  path: string,
  random: SeededRandom,
): Generator<CorruptionCase> {
  const bytes = left.files.get(path)!;
  const check = checkOf(left, path);
  const target = targetOf(path);
  for (const damage of ordinaryDamages(bytes, random)) {
    yield caseOf(left, path, damage, check);
    if (target === 'owner file') yield caseOfLiveOwner(left, path, damage);
  }
  const own = left.records.filter((record) => record.path === path);
  if (target === 'segment') {
    for (const damage of hostileRecords(bytes, own)) yield caseOf(left, path, damage, check);
    for (const damage of misplacedRecords(bytes, own)) yield caseOf(left, path, damage, check);
  }
  if (target === 'ack file') {
    for (const damage of hostileAcks(bytes)) yield caseOf(left, path, damage, check);
  }
}

/** The same sectors, in files of several of them. */
function* casesOfSectors(
  left: LeftQueue,
  path: string,
  random: SeededRandom,
): Generator<CorruptionCase> {
  const bytes = left.files.get(path)!;
  const check = checkOf(left, path);
  for (const damage of lostSectors(bytes, random)) yield caseOf(left, path, damage, check);
  for (const damage of misplacedSectors(bytes)) yield caseOf(left, path, damage, check);
}

function caseOf(left: LeftQueue, path: string, damage: Damage, check: Check): CorruptionCase {
  const target = targetOf(path);
  const files = new Map(left.files).set(path, damage.bytes);
  const watchMs = target === 'owner file' ? leaseIsOverMs : 0;
  return {
    target: `queue: ${target}`,
    kind: damage.kind,
    where: `${damage.where} of ${path.slice(rootPath.length + 1)}`,
    async faults() {
      const read = await readQueue(files, left.pid, { watchMs });
      const unclosed = read.openCount === 0 ? [] : [`${read.openCount} descriptors stay open`];
      return [...unclosed, ...check(read, damage)];
    },
  };
}

/** Nobody takes a folder from a process that lives because its owner file is damaged. */
function caseOfLiveOwner(left: LeftQueue, path: string, damage: Damage): CorruptionCase {
  const files = new Map(left.files).set(path, damage.bytes);
  return {
    target: 'queue: owner file',
    kind: damage.kind,
    where: `${damage.where} while its process lives`,
    async faults() {
      const { handedOut } = await readQueue(files, left.pid, { isOwnerAlive: true });
      return handedOut.length === 0 ? [] : [`${handedOut.length} were taken from a live process`];
    },
  };
}

function checkOf(left: LeftQueue, path: string): Check {
  switch (targetOf(path)) {
    case 'segment':
      return (read, damage) => segmentFaults(left, path, damage, read);
    case 'ack file':
      return (read) => ackFaults(left, read);
    case 'dead letters':
      return (read, damage) => [...otherFaults(left, read), ...letterFaults(left, read, damage)];
    case 'state':
      return (read) => [...otherFaults(left, read), ...stateFaults(left, read)];
    case 'owner file':
      return (read) => otherFaults(left, read);
  }
}

type Target = 'segment' | 'ack file' | 'owner file' | 'state' | 'dead letters';

function targetOf(path: string): Target {
  if (path.endsWith('.seg')) return 'segment';
  if (path.endsWith('.ack')) return 'ack file';
  if (path.endsWith('/owner')) return 'owner file';
  return path.endsWith('/state') ? 'state' : 'dead letters';
}

/** A damaged file of dead letters gives those whose bytes are whole, and never another text. */
function* letterFaults(left: LeftQueue, read: ReadQueue, { bytes }: Damage): Generator<string> {
  for (const text of read.deadEvents) {
    if (!left.deadEvents.includes(text)) yield `a dead letter was never written: ${text}`;
  }
  const path = [...left.files.keys()].find((each) => targetOf(each) === 'dead letters')!;
  const before = Buffer.from(left.files.get(path)!);
  for (const text of left.deadEvents) {
    const at = before.indexOf(text);
    // With the line feeds on both sides.
    const [start, end] = [before.lastIndexOf(10, at), before.indexOf(10, at) + 1];
    const isWhole = before.subarray(start, end).equals(bytes.subarray(start, end));
    if (isWhole && !read.deadEvents.includes(text)) yield `a whole dead letter is lost: ${text}`;
  }
  const kept = read.filesAfter.get(path);
  if (!kept || Buffer.compare(kept, bytes) !== 0) yield 'the dead letters were changed';
}

function* stateFaults(left: LeftQueue, { state }: ReadQueue): Generator<string> {
  if (state !== undefined && state !== left.state) yield `the state reads ${state}`;
}

/** Whole files in each other's place, missing, or there twice. */
function* exchangedFiles(left: LeftQueue): Generator<CorruptionCase> {
  const kinds = [
    ['.ack', 'exchanged ack files'],
    ['.seg', 'exchanged segments'],
  ] as const;
  for (const [suffix, kind] of kinds) {
    const paths = [...left.files.keys()].filter((path) => path.endsWith(suffix));
    for (const a of paths) {
      for (const b of paths) {
        if (a === b) continue;
        const files = new Map(left.files);
        files.set(a, left.files.get(b)!).set(b, left.files.get(a)!);
        yield wholeFileCase(left, kind, `${a} and ${b}`, files, suffix === '.ack' ? [] : [a, b]);
      }
    }
  }
  for (const [path, bytes] of left.files) {
    if (!path.endsWith('.ack') && !path.endsWith('.seg')) continue;
    const gone = new Map(left.files);
    gone.delete(path);
    const lost = path.endsWith('.ack') ? [] : [path];
    yield wholeFileCase(left, 'missing file', path, gone, lost);
    for (const name of otherNames(path)) {
      const twice = new Map(left.files).set(`${rootPath}/${ownerId}/${name}`, bytes);
      // What bears none of our names is nobody's to delete.
      const kept = name.endsWith('.bak') ? bytes : undefined;
      yield wholeFileCase(left, 'duplicated file', `${path} as ${name}`, twice, [], kept);
    }
  }
}

/** Names under which a copy of a file may come to lie beside it. */
function otherNames(path: string): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const [number, priority, id] = name.slice(0, -4).split('-');
  const suffix = name.slice(-4);
  return [
    `0000ffff-${priority}-${id}${suffix}`,
    `${number}-${priority === 'l' ? 'n' : 'l'}-${id}${suffix}`,
    `${number}-${priority}-0123456789abcdef${suffix}`,
    `${name}.bak`,
  ];
}

/** Records of the files `lost` may be missing; of a copy, each may come twice. `kept` stays. */
function wholeFileCase(
  left: LeftQueue,
  kind: string,
  where: string,
  files: ReadonlyMap<string, Uint8Array>,
  lost: readonly string[],
  kept?: Uint8Array,
): CorruptionCase {
  return {
    target: 'queue: whole files',
    kind,
    where,
    async faults() {
      const read = await readQueue(files, left.pid);
      const missing = missingOf(left, read.handedOut).filter(({ path }) => !lost.includes(path));
      const unkept = lost.filter((path) => {
        const bytes = files.get(path);
        return bytes && !isKept(read, bytes);
      });
      return [
        ...wrongRecords(
          left,
          kind === 'duplicated file' ? priorityAside(left, read) : read.handedOut,
        ),
        ...missing.map(({ record }) => `${record.eventId} is lost`),
        ...unkept.map((path) => `${path} is not in quarantine`),
        ...(kept && !isKept(read, kept) ? ['a file of somebody else was deleted'] : []),
      ];
    },
  };
}

/** The name of a segment says the priority by which its records are sent. */
function priorityAside(left: LeftQueue, { handedOut }: ReadQueue): QueueRecord[] {
  return handedOut.map((record) => {
    const written = left.records.find((each) => each.record.eventId === record.eventId);
    return { ...record, priority: written?.record.priority ?? record.priority };
  });
}
