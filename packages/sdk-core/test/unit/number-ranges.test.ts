import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { NumberRanges } from '../../src/outcomes.js';

describe('NumberRanges', () => {
  it('says of each number once that it is new, in whatever order they come', () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 50; round++) {
      const ranges = new NumberRanges();
      const known = new Set<number>();
      for (let n = 0; n < 300; n++) {
        const number = 1 + Math.floor(random.fraction() * 100);
        expect(ranges.add(number)).toBe(!known.has(number));
        known.add(number);
      }
      for (let n = 1; n <= 100; n++) expect(ranges.has(n)).toBe(known.has(n));
    }
  });

  it('holds a million numbers around a gap, and fills the gap', () => {
    const ranges = new NumberRanges();
    for (let number = 1; number <= 1_000_000; number++) if (number !== 10) ranges.add(number);
    expect([9, 10, 11].map((number) => ranges.has(number))).toEqual([true, false, true]);
    expect([ranges.add(10), ranges.add(10), ranges.add(1_000_000)]).toEqual([true, false, false]);
    expect([ranges.has(10), ranges.has(1_000_001)]).toEqual([true, false]);
  });
});
