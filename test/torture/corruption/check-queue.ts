/** What must hold whatever happened to one file of a queue. Each gives what does not hold. */
import type { QueueRecord } from '@holdfast/sdk-core/ports';
import { segmentMagic } from '../../../packages/sdk-node/src/queue/segment-format.js';
import type { Damage } from './damage.js';
import { type LeftQueue, rootPath, type WrittenRecord } from './left-queue.js';
import type { ReadQueue } from './read-queue.js';

const quarantinePath = `${rootPath}/quarantine/`;

/** A damaged segment loses the records whose bytes changed, and no others; the file is kept. */
export function* segmentFaults(
  left: LeftQueue,
  path: string,
  damage: Damage,
  read: ReadQueue,
): Generator<string> {
  yield* wrongRecords(left, read.handedOut);
  yield* copies(read.handedOut);
  const original = left.files.get(path)!;
  const isWhole = (written: WrittenRecord) =>
    written.path !== path || isUnchanged(original, damage.bytes, written);
  const missing = missingOf(left, read.handedOut);
  for (const written of missing) {
    if (isWhole(written)) yield `${written.record.eventId} is whole and was not handed out`;
  }
  const handedOut = idsOf(read.handedOut);
  for (const { record, isSettled } of left.records) {
    if (isSettled && handedOut.has(record.eventId)) yield `${record.eventId} was settled before`;
  }
  const isSeen = isNoticeable(left, path, damage);
  // What stands behind the last record may have been one, too.
  const added = damage.bytes.length > original.length ? 1 : 0;
  const known = knownLost(left, path, missing, isWhole, isSeen) + added;
  if (read.toldLost !== known) yield `${read.toldLost} were told of as lost, not ${known}`;
  if (isSeen && !isKept(read, damage.bytes)) yield 'the damaged segment is not in quarantine';
}

/** A damaged ack file loses no record: what it forgets is handed out once more. */
export function* ackFaults(left: LeftQueue, read: ReadQueue): Generator<string> {
  yield* wrongRecords(left, read.handedOut);
  yield* copies(read.handedOut);
  for (const { record } of missingOf(left, read.handedOut)) yield `${record.eventId} is lost`;
  if (read.toldLost > 0) yield `${read.toldLost} records are called lost`;
}

/** Nothing else of the queue suffers from the damage of any other file. */
export function* otherFaults(left: LeftQueue, read: ReadQueue): Generator<string> {
  yield* ackFaults(left, read);
  for (const { record, isSettled } of left.records) {
    if (isSettled && read.handedOut.some(({ eventId }) => eventId === record.eventId)) {
      yield `${record.eventId} was settled before`;
    }
  }
}

/** Every record that is handed out is one that was written, byte for byte. */
export function* wrongRecords(
  left: LeftQueue,
  handedOut: readonly QueueRecord[],
): Generator<string> {
  for (const record of handedOut) {
    const written = left.records.find((each) => each.record.eventId === record.eventId);
    if (!written) yield `${record.eventId} was never written`;
    else if (!isSame(written.record, record)) yield `${record.eventId} is not as it was written`;
  }
}

/** The written records that are unsettled and were not handed out. */
export function missingOf(left: LeftQueue, handedOut: readonly QueueRecord[]): WrittenRecord[] {
  const ids = idsOf(handedOut);
  return left.records.filter(({ record, isSettled }) => !isSettled && !ids.has(record.eventId));
}

/** Whether bytes of a segment lie in quarantine, as they were found. */
export function isKept(read: ReadQueue, bytes: Uint8Array): boolean {
  for (const [path, kept] of read.filesAfter) {
    if (path.startsWith(quarantinePath) && Buffer.compare(kept, bytes) === 0) return true;
  }
  return false;
}

function* copies(handedOut: readonly QueueRecord[]): Generator<string> {
  const seen = new Set<string>();
  for (const { eventId } of handedOut) {
    if (seen.has(eventId)) yield `${eventId} was handed out twice`;
    seen.add(eventId);
  }
}

/** How many of the missing records a reader must know of: those before one that it can read or that
 *  has a verdict, and behind the last one that it can read the first of a damaged end. */
function knownLost(
  left: LeftQueue,
  path: string,
  missing: readonly WrittenRecord[],
  isWhole: (written: WrittenRecord) => boolean,
  isSeen: boolean,
): number {
  const own = left.records.filter((written) => written.path === path);
  const last = own.findLastIndex((written) => isWhole(written) || written.isSettled);
  const isEndKnown = isSeen && (last < 0 || isWhole(own[last]!));
  const end = isEndKnown ? last + 1 : last;
  return missing.filter((written) => own.indexOf(written) <= end && written.path === path).length;
}

/** A segment that ends behind a whole record, or was not begun, looks like any other. */
function isNoticeable(left: LeftQueue, path: string, { bytes }: Damage): boolean {
  const original = left.files.get(path)!;
  const isCut = Buffer.compare(original.subarray(0, bytes.length), bytes) === 0;
  if (!isCut || bytes.length > original.length) return true;
  const ends = left.records.filter((each) => each.path === path).map(({ end }) => end);
  return ![0, segmentMagic.length, ...ends].includes(bytes.length);
}

function isUnchanged(before: Uint8Array, after: Uint8Array, at: WrittenRecord): boolean {
  const { start, end } = at;
  return Buffer.compare(before.subarray(start, end), after.subarray(start, end)) === 0;
}

function isSame(written: QueueRecord, read: QueueRecord): boolean {
  return (
    written.queueId === read.queueId &&
    written.seq === read.seq &&
    written.priority === read.priority &&
    written.serverTimeMs === read.serverTimeMs &&
    written.sizeBytes === read.sizeBytes &&
    Buffer.compare(Buffer.from(written.json), Buffer.from(read.json)) === 0
  );
}

function idsOf(records: readonly QueueRecord[]): Set<string> {
  return new Set(records.map(({ eventId }) => eventId));
}
