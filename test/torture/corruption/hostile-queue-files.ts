/** Files of a queue whose numbers say what cannot be. Their offsets: segment-format.ts,
 *  ack-format.ts. */
import { type Damage, misplacedPieces } from './damage.js';
import type { WrittenRecord } from './left-queue.js';

const hostileNumbers = [
  0,
  1,
  5,
  35,
  36,
  0x7f,
  0xff,
  0xffff,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];
const fields = [
  { name: 'length', offset: 8, bytes: 4 },
  { name: 'ordinal', offset: 12, bytes: 4 },
  { name: 'length of queueId', offset: 32, bytes: 2 },
  { name: 'length of eventId', offset: 34, bytes: 2 },
] as const;

/** Each number of each record set to what a reader might trip over. */
export function* hostileRecords(
  bytes: Uint8Array,
  records: readonly WrittenRecord[],
): Generator<Damage> {
  for (const { start, end, record } of records) {
    for (const { name, offset, bytes: width } of fields) {
      const real = name === 'length' ? [end - start - 1, end - start + 1, bytes.length] : [];
      for (const value of [...hostileNumbers, ...real]) {
        if (value >= 256 ** width) continue;
        const changed = Buffer.from(bytes);
        changed.writeUIntLE(value, start + offset, width);
        if (changed.equals(bytes)) continue;
        const where = `${name} ${value} of ${record.eventId}`;
        yield { kind: 'hostile length', where, bytes: changed };
      }
    }
  }
}

/** Records out of their place: their checksums are right, but for elsewhere. */
export function misplacedRecords(
  bytes: Uint8Array,
  records: readonly WrittenRecord[],
): Generator<Damage> {
  return misplacedPieces(bytes, records);
}

/** Numbers of runs, and ordinals, that lead beyond the file or the segment. */
export function* hostileAcks(bytes: Uint8Array): Generator<Damage> {
  const headBytes = 16;
  for (const value of hostileNumbers) {
    for (const [name, at, width] of [
      ['runs', headBytes + 4, 2],
      ['first ordinal', headBytes + 6, 4],
      ['last ordinal', headBytes + 10, 4],
    ] as const) {
      if (value >= 256 ** width || at + width > bytes.length) continue;
      const changed = Buffer.from(bytes);
      changed.writeUIntLE(value, at, width);
      if (changed.equals(bytes)) continue;
      yield { kind: 'hostile length', where: `${name} ${value}`, bytes: changed };
    }
  }
}
