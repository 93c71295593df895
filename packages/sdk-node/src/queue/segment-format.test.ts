import { describe, expect, it } from 'vitest';
import { makeRecord, textOf } from '../../../sdk-core/test/contract/event-store-records.js';
import { nodeLimits } from '../limits.js';
import {
  encodeRecords,
  type FoundRecord,
  parseSegmentName,
  recordBytes,
  scanRecords,
  segmentName,
  segmentSeed,
} from './segment-format.js';

const seed = segmentSeed('0123456789abcdef');
const offset = 8;
const records = [1, 2, 3, 4, 5].map((n) =>
  makeRecord(n, { json: `{"n":${n},"text":"${'ü'.repeat(n)}"}`, serverTimeMs: n % 2 ? n : null }),
);
const bytes = encodeRecords(records, seed, offset, 0);
const starts = records.map((_, index) =>
  records.slice(0, index).reduce((sum, record) => sum + recordBytes(record), 0),
);

function scan(damaged: Uint8Array, at = offset): { found: FoundRecord[]; isDamaged: boolean } {
  const found: FoundRecord[] = [];
  const { isDamaged } = scanRecords(damaged, seed, at, (record) => found.push(record));
  return { found, isDamaged };
}

/** What was found must be what was written, record by record. */
function expectOnlyTrueRecords(found: readonly FoundRecord[]): void {
  for (const record of found) {
    const { json, ...written } = records[record.ordinal]!;
    expect(record).toMatchObject(written);
    expect(textOf(record.json)).toBe(json);
  }
}

const ordinals = (found: readonly FoundRecord[]) => found.map(({ ordinal }) => ordinal);

describe('segment records', () => {
  it('read back as they were written', () => {
    const { found, isDamaged } = scan(bytes);
    expect(ordinals(found)).toEqual([0, 1, 2, 3, 4]);
    expect(isDamaged).toBe(false);
    expectOnlyTrueRecords(found);
  });

  it('read back up to the last whole one when the file is cut at any byte', () => {
    for (let cut = 0; cut < bytes.length; cut++) {
      const { found, isDamaged } = scan(bytes.subarray(0, cut));
      const wholeCount = starts.filter((_, n) => (starts[n + 1] ?? bytes.length) <= cut).length;
      expect(ordinals(found)).toEqual([0, 1, 2, 3, 4].slice(0, wholeCount));
      expect(isDamaged).toBe(!starts.includes(cut));
      expectOnlyTrueRecords(found);
    }
  });

  it('lose only the record in which any one bit is flipped', () => {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const hit = starts.filter((start) => start <= bit >> 3).length - 1;
      const { found, isDamaged } = scan(damaged);
      expect(ordinals(found)).toEqual([0, 1, 2, 3, 4].filter((ordinal) => ordinal !== hit));
      expect(isDamaged).toBe(true);
      expectOnlyTrueRecords(found);
    }
  });

  it('lose only the records that a zeroed stretch touches, wherever it is', () => {
    const stretch = 48;
    for (let at = 0; at + stretch <= bytes.length; at++) {
      const damaged = Buffer.from(bytes).fill(0, at, at + stretch);
      const whole = records
        .map((_, n) => n)
        .filter((n) => starts[n]! >= at + stretch || (starts[n + 1] ?? bytes.length) <= at);
      expect(ordinals(scan(damaged).found)).toEqual(whole);
    }
  });

  it.each([0, 1, 35, 36, 2 ** 20, 2 ** 31, 2 ** 32 - 1])('survive a length of %d', (length) => {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt32LE(length, starts[1]! + 8);
    const { found } = scan(damaged);
    expect(ordinals(found)).toEqual([0, 2, 3, 4]);
  });

  it('are given up in a forged file of nothing but beginnings, rather than searched for ever', () => {
    const longest = nodeLimits.maxRecordBytes;
    const head = Buffer.alloc(36);
    bytes.copy(head, 0, 0, 12);
    head.writeUInt32LE(longest, 8);
    const forged = Buffer.alloc(2 ** 21, head);
    const { found, isDamaged } = scan(Buffer.concat([bytes, forged]));
    expect(ordinals(found)).toEqual([0, 1, 2, 3, 4]);
    expect(isDamaged).toBe(true);
  });

  it('have no number that so many bytes could not hold', () => {
    const forged = encodeRecords([records[0]!], seed, offset, 2 ** 32 - 1);
    expect(scan(forged)).toEqual({ found: [], isDamaged: true });
  });

  it('are not taken from inside the text of another, not even a whole valid one', () => {
    // The worst case: the payload of a damaged record holds valid records of the same segment.
    const outer = makeRecord(9, { json: new Uint8Array(bytes) });
    const file = encodeRecords([outer, records[0]!], seed, offset, 0);
    file[6]! ^= 1;
    const { found } = scan(file);
    expect(found.map(({ eventId, ordinal }) => [eventId, ordinal])).toEqual([['e-1', 1]]);
  });

  it('are valid only in their own segment and at their own place', () => {
    const foreign = encodeRecords(records, segmentSeed('0123456789abcdee'), offset, 0);
    expect(scan(foreign).found).toEqual([]);
    expect(scan(bytes, offset + 512).found).toEqual([]);
  });

  it('scan a megabyte of markers in linear time', () => {
    expect(scan(Buffer.alloc(1_000_000, 0xff)).found).toEqual([]);
  });
});

describe('segment names', () => {
  it('tell number, priority and id', () => {
    for (const priority of ['critical', 'normal', 'low'] as const) {
      const name = { number: 0x1f, priority, id: '0123456789abcdef' };
      expect(parseSegmentName(segmentName(name))).toEqual(name);
    }
  });

  it('are no others', () => {
    const id = '0123456789abcdef';
    const foreign = ['', 'owner', `0000001f-x-${id}.seg`, `0000001f-c-${id}.ack`, `1f-c-${id}.seg`];
    for (const name of foreign) expect(parseSegmentName(name)).toBeUndefined();
  });
});
