/**
 * The file sink's segments: what the collector writes and the tiers behind it read.
 *
 * A segment is a text file of lines, one event a line, tab-separated:
 *
 *     CRC32C of the rest (8 hex digits) ⇥ source ⇥ receivedAt ms ⇥ headers JSON ⇥ event JSON ⏎
 *
 * A line is written with a line feed before it as well, so that damage to one line feed costs the
 * one line that it belongs to. So between two lines stands an empty one; readers pass over it.
 *
 * Invariants: an event's bytes hold no LF and no CR (the collector made them spaces), source and
 * headers hold no tab, so a line is cut at its first four tabs. A reader takes a line only if its
 * CRC matches. Names order segments by creation: `<ms since the epoch, 13 digits>-<uuid>.seg`.
 */
import { crc32c } from './crc32c.js';
import type { AcceptedEvent } from './record.js';

/** One valid line of a segment. */
export interface SegmentLine {
  readonly source: string;
  readonly receivedAtMs: number;
  /** JSON of the {@link RecordHeaders}. */
  readonly headersJson: string;
  /** The event's JSON bytes: a view into the scanned buffer. */
  readonly event: Uint8Array;
  /** Where the line begins in the scanned buffer. */
  readonly start: number;
  /** One past its LF. */
  readonly end: number;
}

/** What a scan found besides valid lines. */
export interface SegmentScan {
  /** One past the last valid line. */
  readonly validEnd: number;
  /** Ranges [start, end) that are no valid line; the last may be a torn tail. */
  readonly damaged: readonly { readonly start: number; readonly end: number }[];
}

const lineFeed = 10;
const tab = 9;
const crcDigits = 8;
const notAscii = /[^ -~\t]/;
const segmentNamePattern = /^\d{13}-[0-9a-f-]{36}\.seg$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The name of a new segment; `id` is a UUID, so that names are never used again. */
export function segmentName(createdAtMs: number, id: string): string {
  return `${String(createdAtMs).padStart(13, '0')}-${id}.seg`;
}

/** Whether a file's name is a segment's. */
export function isSegmentName(name: string): boolean {
  return segmentNamePattern.test(name);
}

/** The lines of some events in one piece, each with the LF before and behind it: an allocation
 *  for each would cost as much as the rest. */
export function encodeSegmentLines(events: readonly AcceptedEvent[]): Uint8Array {
  const heads = events.map(lineHead);
  const lengths = heads.map(
    (head, i) => 1 + crcDigits + utf8Length(head) + events[i]!.bytes.length + 1,
  );
  const lines = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let start = 0;
  heads.forEach((head, i) => {
    const end = start + lengths[i]!;
    lines[start] = lineFeed;
    const line = lines.subarray(start + 1, end);
    const { written } = encoder.encodeInto(head, line.subarray(crcDigits));
    line.set(events[i]!.bytes, crcDigits + written);
    line[line.length - 1] = lineFeed;
    writeHex(line, crc32c(line, crcDigits, line.length - 1));
    start = end;
  });
  return lines;
}

/** What stands between the CRC and the event. */
function lineHead({ source, receivedAtMs, headers }: AcceptedEvent): string {
  return `\t${source}\t${receivedAtMs}\t${JSON.stringify(headers)}\t`;
}

function utf8Length(text: string): number {
  return notAscii.test(text) ? encoder.encode(text).length : text.length;
}

/** Writes `value` as the line's first eight hex digits. */
function writeHex(line: Uint8Array, value: number): void {
  for (let i = crcDigits - 1, rest = value; i >= 0; i--, rest >>>= 4) {
    const digit = rest & 15;
    line[i] = digit < 10 ? 48 + digit : 87 + digit;
  }
}

/** Calls `visit` for each valid line of `bytes`, in order; says where the rest is damaged. */
export function scanSegment(bytes: Uint8Array, visit: (line: SegmentLine) => void): SegmentScan {
  const damaged: { start: number; end: number }[] = [];
  let validEnd = 0;
  let start = 0;
  while (start < bytes.length) {
    const lf = bytes.indexOf(lineFeed, start);
    const end = lf < 0 ? bytes.length : lf + 1;
    const line = lf <= start ? undefined : parseLine(bytes, start, end);
    if (line !== undefined) {
      validEnd = end;
      visit(line);
    } else if (lf !== start) {
      damaged.push({ start, end });
    }
    start = end;
  }
  return { validEnd, damaged };
}

function parseLine(bytes: Uint8Array, start: number, end: number): SegmentLine | undefined {
  const crcEnd = start + crcDigits;
  const last = end - 1;
  // Looked at, not searched for: a damaged file may hold no tab, and a million lines.
  if (bytes[crcEnd] !== tab) return undefined;
  const t2 = bytes.indexOf(tab, crcEnd + 1);
  const t3 = t2 < 0 ? -1 : bytes.indexOf(tab, t2 + 1);
  const t4 = t3 < 0 ? -1 : bytes.indexOf(tab, t3 + 1);
  if (t4 < 0 || t4 >= last) return undefined;
  if (hexValue(bytes, start, crcEnd) !== crc32c(bytes, crcEnd, last)) return undefined;
  return {
    source: decoder.decode(bytes.subarray(crcEnd + 1, t2)),
    receivedAtMs: Number(decoder.decode(bytes.subarray(t2 + 1, t3))),
    headersJson: decoder.decode(bytes.subarray(t3 + 1, t4)),
    event: bytes.subarray(t4 + 1, last),
    start,
    end,
  };
}

/** The value of lower-case hex digits, or -1. */
function hexValue(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    const digit = c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
