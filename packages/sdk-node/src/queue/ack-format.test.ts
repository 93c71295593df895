import { describe, expect, it } from 'vitest';
import { ackHead, encodeAcks, endingCodes, scanAcks } from './ack-format.js';
import { segmentSeed } from './segment-format.js';

const id = '0123456789abcdef';
const seed = segmentSeed(id);
const { delivered, rejected } = endingCodes;

const entry = (...ordinals: number[]) =>
  encodeAcks(
    ordinals.map((ordinal) => ({ ordinal, ending: ordinal % 10 === 0 ? rejected : delivered })),
    seed,
  );
const entries = [entry(0, 1, 2, 3, 4), entry(9, 7, 5), entry(10, 11)];
const settled = [
  [0, 1, 2, 3, 4],
  [5, 7, 9],
  [10, 11],
];
const file = Buffer.concat([ackHead(id), ...entries]);
const ends = entries.map((_, n) => 16 + entries.slice(0, n + 1).reduce((s, e) => s + e.length, 0));

function scan(bytes: Uint8Array, segmentId = id): { ordinals: number[]; end: number } {
  const ordinals: number[] = [];
  const end = scanAcks(bytes, segmentId, segmentSeed(segmentId), (first, last) => {
    for (let ordinal = first; ordinal <= last; ordinal++) ordinals.push(ordinal);
  });
  return { ordinals, end };
}

describe('ack files', () => {
  it('tell exactly the ordinals that were written', () => {
    expect(scan(file)).toEqual({ ordinals: settled.flat(), end: file.length });
  });

  it('take one run for neighbours', () => {
    const neighbours = Array.from({ length: 500 }, (_, n) => ({ ordinal: n, ending: delivered }));
    expect(encodeAcks(neighbours, seed)).toHaveLength(15);
  });

  it('forget only what follows when they are cut at any byte', () => {
    for (let cut = 16; cut <= file.length; cut++) {
      const wholeCount = ends.filter((end) => end <= cut).length;
      const { ordinals, end } = scan(file.subarray(0, cut));
      expect(ordinals).toEqual(settled.slice(0, wholeCount).flat());
      expect(end).toBe(wholeCount === 0 ? 16 : ends[wholeCount - 1]);
    }
  });

  it('never tell of an ordinal that was not settled, whichever bit is flipped', () => {
    for (let bit = 0; bit < file.length * 8; bit++) {
      const damaged = Buffer.from(file);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const hit = ends.filter((end) => end <= bit >> 3).length;
      const isHeadHit = bit < 16 * 8;
      expect(scan(damaged).ordinals).toEqual(isHeadHit ? [] : settled.slice(0, hit).flat());
    }
  });

  it('count for no other segment', () => {
    expect(scan(file, 'fedcba9876543210')).toEqual({ ordinals: [], end: 0 });
    expect(scan(new Uint8Array())).toEqual({ ordinals: [], end: 0 });
  });
});
