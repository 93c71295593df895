import { describe, expect, it } from 'vitest';
import { partitionOf } from './partitioner.js';

/** Key, `Utils.murmur2`, `BuiltInPartitioner.partitionForKey` among 6 and 97: by kafka-clients 4.2. */
const golden: readonly (readonly [string, number, number, number])[] = [
  ['', 275646681, 3, 35],
  ['a', -1563381124, 4, 49],
  ['ab', 316155434, 2, 36],
  ['abc', 479470107, 3, 77],
  ['21', -973932308, 0, 41],
  ['foobar', -790332482, 0, 13],
  ['a-little-bit-long-string', -985981536, 2, 56],
  ['a-little-bit-longer-string', -1486304829, 5, 47],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971, 5, 10],
  ['user-1', 1404122828, 2, 7],
  ['user-2', -324981792, 2, 90],
  ['01936b2e-7c00-7000-8000-000000000001', -1512899672, 0, 82],
  ['Zoë', -1306457314, 4, 56],
  ['日本語のキー', -734675706, 2, 32],
  ['😀', 131881617, 3, 29],
];

describe('partitionOf', () => {
  it.each(golden)('puts the key "%s" where the Java producer does', (key, hash, of6, of97) => {
    const bytes = Buffer.from(key);
    expect(partitionOf(bytes, 2 ** 31)).toBe(hash & 0x7fffffff);
    expect(partitionOf(bytes, 6)).toBe(of6);
    expect(partitionOf(bytes, 97)).toBe(of97);
  });

  it('hashes every byte value as Java does', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);
    expect(partitionOf(bytes, 2 ** 31)).toBe(-1141900935 & 0x7fffffff);
  });
});
