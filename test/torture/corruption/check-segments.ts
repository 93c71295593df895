/** What must hold whatever happened to one segment of the file sink. Each gives what does not. */
import type { SegmentLine } from '@holdfast/protocol/file-segment';
import type { Damage } from './damage.js';
import { dataFolder, type LeftSegments, type WrittenLine } from './left-segments.js';
import type { ReadSegments } from './read-segments.js';

const copyName = /^(.+)\.(\d+)-(\d+)\.damaged$/;
const lineFeed = 10;

/**
 * Readers skip the damaged lines and only those. Of the newest segment an invalid tail is cut;
 * everything else stays, and each damaged stretch, the tail too, is copied to the quarantine.
 */
export function* segmentFaults(
  left: LeftSegments,
  path: string,
  damage: Damage,
  read: ReadSegments,
): Generator<string> {
  if (!read.isTaking) yield 'the sink takes no events any more';
  yield* wrongLines(left, read);
  for (const written of left.lines) {
    if (written.path === path && !isWhole(left, written, damage.bytes)) continue;
    if (!isRead(written, read))
      yield `the whole line at ${written.start} of ${written.path} is lost`;
  }
  const kept = read.files.get(path) ?? new Uint8Array();
  const isPrefix = Buffer.compare(kept, damage.bytes.subarray(0, kept.length)) === 0;
  if (!isPrefix) yield 'the segment was changed';
  const isCut = kept.length < damage.bytes.length;
  if (isCut && path !== left.newest) yield 'a sealed segment was cut';
  const ends = read.lines.filter((each) => each.path === path).map(({ line }) => line.end);
  if (isCut && kept.length !== Math.max(0, ...ends)) yield 'more than an invalid tail was cut';
  const missing = uncopied(path, damage.bytes, read);
  if (missing !== undefined) yield `the damage at ${missing} was not copied to the quarantine`;
  for (const other of left.files.keys()) {
    if (other !== path && other.endsWith('.seg') && !read.files.has(other))
      yield `${other} is gone`;
  }
}

/** Every line that is read is one that was written, byte for byte. */
export function* wrongLines(left: LeftSegments, read: ReadSegments): Generator<string> {
  for (const { line, path } of read.lines) {
    const isKnown = left.lines.some((written) => isSame(written.line, line));
    if (!isKnown) yield `the line at ${line.start} of ${path} was never written`;
  }
}

/** The first byte of a segment that is in no valid line and in no copy of damage. */
function uncopied(path: string, bytes: Uint8Array, read: ReadSegments): number | undefined {
  const isKnown = new Uint8Array(bytes.length);
  for (const each of read.lines) {
    if (each.path === path) isKnown.fill(1, each.line.start, each.line.end);
  }
  for (const [copyPath, copy] of read.files) {
    const name = copyPath.slice(`${dataFolder}/quarantine/`.length);
    const [, segment, start, end] = copyName.exec(name) ?? [];
    if (!path.endsWith(`/${segment}`)) continue;
    const range = bytes.subarray(Number(start), Number(end));
    if (Buffer.compare(range, copy) === 0) isKnown.fill(1, Number(start), Number(end));
  }
  const at = isKnown.findIndex((known, index) => known === 0 && bytes[index] !== lineFeed);
  return at < 0 ? undefined : at;
}

function isWhole(
  left: LeftSegments,
  { path, start, end }: WrittenLine,
  bytes: Uint8Array,
): boolean {
  const before = left.files.get(path)!.subarray(start, end);
  return Buffer.compare(before, bytes.subarray(start, end)) === 0;
}

function isRead(written: WrittenLine, read: ReadSegments): boolean {
  return read.lines.some(({ line }) => isSame(written.line, line));
}

function isSame(written: SegmentLine, read: SegmentLine): boolean {
  return (
    written.source === read.source &&
    written.receivedAtMs === read.receivedAtMs &&
    written.headersJson === read.headersJson &&
    Buffer.compare(written.event, read.event) === 0
  );
}
