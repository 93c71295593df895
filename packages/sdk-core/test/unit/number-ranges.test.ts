import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { NumberRanges } from '../../src/number-ranges.js';

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
      const gapsAndOne = [...known].filter((number) => !known.has(number - 1)).length;
      expect(ranges.rangeCount).toBe(gapsAndOne);
    }
  });

  it('needs two ranges for a million numbers around a gap', () => {
    const ranges = new NumberRanges();
    for (let number = 1; number <= 1_000_000; number++) if (number !== 10) ranges.add(number);
    expect(ranges.rangeCount).toBe(2);
  });
});
