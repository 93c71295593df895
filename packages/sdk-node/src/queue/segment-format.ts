/**
 * The format of the queue's segments, version 1. All numbers are little-endian.
 *
 * A segment's name is `<number>-<priority>-<id>.seg`: its number in the folder as 8 hex digits, the
 * first letter of its priority, and 16 random hex digits that no other segment has. The file is
 * `HFqueue1` (8 bytes) and then records, one after the other:
 *
 * ```
 *  0  u32  CRC32C of the segment's id, of the record's offset in the file (u32), and of the rest
 *          of the record
 *  4  u8   0xff, which occurs in no UTF-8: where to look for the next record behind damage
 *  5  u8   format version, 1
 *  6  u8   state: 1 is pending; 2 is kept free for `retained` (acked, but not yet to be deleted)
 *  7  u8   priority: 0 critical, 1 normal, 2 low
 *  8  u32  length of the record, these 36 bytes included
 * 12  u32  ordinal: the record's number in the segment, from 0; ack files name records by it
 * 16  f64  seq
 * 24  f64  serverTimeMs; NaN: none
 * 32  u16  length of the queueId
 * 34  u16  length of the eventId
 * 36       queueId, eventId, then the event's JSON, all UTF-8
 * ```
 *
 * Because the CRC covers id and offset, a record is valid only where it was written: neither a copy
 * of one inside an event's text nor a block of another file is ever taken for a record.
 */
import { crc32c, type Priority, priorities } from '@holdfast/protocol';
import type { QueueRecord } from '@holdfast/sdk-core/ports';
import { nodeLimits } from '../limits.js';

export const segmentMagic = Buffer.from('HFqueue1', 'latin1');
const namePattern = /^([0-9a-f]{8})-([cnl])-([0-9a-f]{16})\.seg$/;

const fixedBytes = 36;
const marker = 0xff;
const version = 1;
const pendingState = 1;
const maxIdBytes = 0xffff;
/** No more fit into a segment. */
export const maxRecordCount = Math.floor(nodeLimits.maxReadableSegmentBytes / fixedBytes);
const maxRecordBytes = fixedBytes + 2 * maxIdBytes + nodeLimits.maxRecordBytes;

export interface SegmentName {
  readonly number: number;
  readonly priority: Priority;
  readonly id: string;
}

export function segmentName({ number, priority, id }: SegmentName): string {
  return `${number.toString(16).padStart(8, '0')}-${priority[0]}-${id}.seg`;
}

export function parseSegmentName(name: string): SegmentName | undefined {
  const match = namePattern.exec(name);
  if (!match) return undefined;
  const priority = priorities.find((candidate) => candidate[0] === match[2])!;
  return { number: Number.parseInt(match[1]!, 16), priority, id: match[3]! };
}

/** What the CRCs of a segment's records begin with. */
export function segmentSeed(id: string): number {
  return crc32c(Buffer.from(id, 'hex'));
}

/** The bytes that a record takes in a segment. */
export function recordBytes(record: QueueRecord): number {
  const { queueId, eventId, json } = record;
  const idBytes = Buffer.byteLength(queueId) + Buffer.byteLength(eventId);
  return fixedBytes + idBytes + Buffer.byteLength(json);
}

/** Whether a record fits the format and its limits. */
export function isStorable(record: QueueRecord): boolean {
  return (
    Buffer.byteLength(record.json) <= nodeLimits.maxRecordBytes &&
    Buffer.byteLength(record.queueId) <= maxIdBytes &&
    Buffer.byteLength(record.eventId) <= maxIdBytes &&
    priorities.includes(record.priority)
  );
}

/** The bytes of records that will stand one after the other from `offset`. */
export function encodeRecords(
  records: readonly QueueRecord[],
  seed: number,
  offset: number,
  firstOrdinal: number,
): Buffer {
  const totalBytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
  const bytes = Buffer.allocUnsafe(totalBytes);
  let at = 0;
  records.forEach((record, index) => {
    const end = encodeFields(bytes, at, record, firstOrdinal + index);
    bytes.writeUInt32LE(crc32c(bytes, at + 4, end, seedAt(seed, offset + at)), at);
    at = end;
  });
  return bytes;
}

function encodeFields(bytes: Buffer, at: number, record: QueueRecord, ordinal: number): number {
  const { queueId, eventId, json, seq, serverTimeMs, priority } = record;
  const queueIdBytes = bytes.write(queueId, at + fixedBytes);
  const eventIdBytes = bytes.write(eventId, at + fixedBytes + queueIdBytes);
  const jsonAt = at + fixedBytes + queueIdBytes + eventIdBytes;
  const end = jsonAt + putJson(bytes, jsonAt, json);
  bytes[at + 4] = marker;
  bytes[at + 5] = version;
  bytes[at + 6] = pendingState;
  bytes[at + 7] = priorities.indexOf(priority);
  bytes.writeUInt32LE(end - at, at + 8);
  bytes.writeUInt32LE(ordinal, at + 12);
  bytes.writeDoubleLE(seq, at + 16);
  bytes.writeDoubleLE(serverTimeMs ?? Number.NaN, at + 24);
  bytes.writeUInt16LE(queueIdBytes, at + 32);
  bytes.writeUInt16LE(eventIdBytes, at + 34);
  return end;
}

function putJson(bytes: Buffer, at: number, json: string | Uint8Array): number {
  if (typeof json === 'string') return bytes.write(json, at);
  bytes.set(json, at);
  return json.length;
}

/** A record as it was found, and its number in the segment. */
export interface FoundRecord extends QueueRecord {
  readonly ordinal: number;
}

/**
 * Reads the records in `bytes`, which stand at `offset` of a segment: all that are whole and
 * unchanged, and none else. Their JSON is a view of `bytes`. `isDamaged`: there was more.
 */
export function scanRecords(
  bytes: Uint8Array,
  seed: number,
  offset: number,
  onRecord: (record: FoundRecord) => void,
): { readonly isDamaged: boolean; readonly isTailDamaged: boolean } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let wastedBytes = 0;
  let isDamaged = false;
  let isTailDamaged = false;
  while (at < buffer.length) {
    const end = likelyEnd(buffer, at, offset + at);
    const isRecord = end !== undefined && isUnchanged(buffer, at, end, seedAt(seed, offset + at));
    isTailDamaged = !isRecord;
    if (isRecord) {
      onRecord(decodeFields(buffer, at, end));
      at = end;
      continue;
    }
    isDamaged = true;
    wastedBytes += (end ?? at) - at;
    const nextMarker = buffer.indexOf(marker, at + 5);
    if (nextMarker < 0 || wastedBytes > nodeLimits.maxResyncBytes) break;
    at = nextMarker - 4;
  }
  return { isDamaged, isTailDamaged };
}

/** Where a record ends that may begin at `at`; behind damage every 0xff is tried, so this checks
 *  all that costs little. `position` is where that is in the file. */
function likelyEnd(buffer: Buffer, at: number, position: number): number | undefined {
  if (at + fixedBytes > buffer.length || buffer[at + 4] !== marker) return undefined;
  if (buffer[at + 5] !== version || buffer[at + 6] !== pendingState) return undefined;
  const length = buffer.readUInt32LE(at + 8);
  const idBytes = buffer.readUInt16LE(at + 32) + buffer.readUInt16LE(at + 34);
  const end = at + length;
  if (length > maxRecordBytes || end > buffer.length || fixedBytes + idBytes > length) {
    return undefined;
  }
  const isNumbered = buffer.readUInt32LE(at + 12) * fixedBytes <= position;
  return isNumbered && priorities[buffer[at + 7]!] ? end : undefined;
}

function isUnchanged(buffer: Buffer, at: number, end: number, seed: number): boolean {
  return crc32c(buffer, at + 4, end, seed) === buffer.readUInt32LE(at);
}

function decodeFields(buffer: Buffer, at: number, end: number): FoundRecord {
  const queueIdAt = at + fixedBytes;
  const eventIdAt = queueIdAt + buffer.readUInt16LE(at + 32);
  const jsonAt = eventIdAt + buffer.readUInt16LE(at + 34);
  const serverTimeMs = buffer.readDoubleLE(at + 24);
  return {
    ordinal: buffer.readUInt32LE(at + 12),
    priority: priorities[buffer[at + 7]!]!,
    queueId: buffer.toString('utf8', queueIdAt, eventIdAt),
    eventId: buffer.toString('utf8', eventIdAt, jsonAt),
    seq: buffer.readDoubleLE(at + 16),
    serverTimeMs: Number.isNaN(serverTimeMs) ? null : serverTimeMs,
    json: buffer.subarray(jsonAt, end),
    sizeBytes: end - jsonAt,
  };
}

const offsetBytes = Buffer.alloc(4);

function seedAt(seed: number, offset: number): number {
  offsetBytes.writeUInt32LE(offset);
  return crc32c(offsetBytes, 0, 4, seed);
}
