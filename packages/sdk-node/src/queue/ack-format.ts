/**
 * The format of ack files: which records of a segment are settled, and how. An ack file stands
 * beside its segment under the same name, `.ack` instead of `.seg`:
 *
 * `HFacks01` (8 bytes), the segment's id (8 bytes), then entries, one a write, little-endian:
 *
 * ```
 * 0  u32  CRC32C of the segment's id and of the rest of the entry
 * 4  u16  number of runs
 * 6       runs of 9 bytes: first ordinal u32, last ordinal u32, ending u8
 * ```
 *
 * It is read up to the first entry that is torn or changed: what follows is forgotten, so those
 * events are sent once more, and their eventIds make the copies one. No event is lost the other
 * way round: an entry with a right CRC was written by {@link encodeAcks} for this very segment.
 */
import { crc32c } from '@holdfast/protocol';

const magic = Buffer.from('HFacks01', 'latin1');
const headBytes = 16;
const entryHeadBytes = 6;
const runBytes = 9;
const maxRuns = 0xffff;

/** How a record was settled; `lost`: its bytes are damaged, and that was told. */
export const endingCodes = { delivered: 1, rejected: 2, dropped: 3, lost: 4 } as const;
export type EndingCode = (typeof endingCodes)[keyof typeof endingCodes];

export interface AckedOrdinal {
  readonly ordinal: number;
  readonly ending: EndingCode;
}

interface Run {
  readonly first: number;
  last: number;
  readonly ending: number;
}

/** What an ack file begins with. */
export function ackHead(segmentId: string): Buffer {
  return Buffer.concat([magic, Buffer.from(segmentId, 'hex')]);
}

/** One write: as many entries as the ordinals need, nearly always one. */
export function encodeAcks(acked: readonly AckedOrdinal[], seed: number): Buffer {
  const runs = runsOf(acked);
  const entries: Buffer[] = [];
  for (let at = 0; at < runs.length; at += maxRuns) {
    entries.push(encodeEntry(runs.slice(at, at + maxRuns), seed));
  }
  return entries.length === 1 ? entries[0]! : Buffer.concat(entries);
}

function encodeEntry(runs: readonly Run[], seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(entryHeadBytes + runs.length * runBytes);
  bytes.writeUInt16LE(runs.length, 4);
  runs.forEach(({ first, last, ending }, index) => {
    const at = entryHeadBytes + index * runBytes;
    bytes.writeUInt32LE(first, at);
    bytes.writeUInt32LE(last, at + 4);
    bytes[at + 8] = ending;
  });
  bytes.writeUInt32LE(crc32c(bytes, 4, bytes.length, seed), 0);
  return bytes;
}

function runsOf(acked: readonly AckedOrdinal[]): Run[] {
  const runs: Run[] = [];
  for (const { ordinal, ending } of [...acked].sort((a, b) => a.ordinal - b.ordinal)) {
    const run = runs.at(-1);
    if (run && run.last + 1 === ordinal && run.ending === ending) run.last = ordinal;
    else runs.push({ first: ordinal, last: ordinal, ending });
  }
  return runs;
}

/** Reads the runs in an ack file; returns where its valid part ends, 0 if it is another's. */
export function scanAcks(
  bytes: Uint8Array,
  segmentId: string,
  seed: number,
  onRun: (first: number, last: number) => void,
): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const head = ackHead(segmentId);
  if (!head.equals(buffer.subarray(0, headBytes))) return 0;
  let at = headBytes;
  while (at + entryHeadBytes <= buffer.length) {
    const end = at + entryHeadBytes + buffer.readUInt16LE(at + 4) * runBytes;
    if (end === at + entryHeadBytes || end > buffer.length) break;
    if (crc32c(buffer, at + 4, end, seed) !== buffer.readUInt32LE(at)) break;
    for (let run = at + entryHeadBytes; run < end; run += runBytes) {
      onRun(buffer.readUInt32LE(run), buffer.readUInt32LE(run + 4));
    }
    at = end;
  }
  return at;
}
