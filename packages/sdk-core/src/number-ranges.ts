interface Range {
  first: number;
  last: number;
}

/**
 * A set of whole numbers that fills up nearly in order, kept as ranges: its memory grows with the
 * gaps, not with the numbers, so a single event stuck for weeks costs one range.
 */
export class NumberRanges {
  readonly #ranges: Range[] = [];

  /** Adds a number; false if it was there. */
  add(number: number): boolean {
    const ranges = this.#ranges;
    const index = this.#indexAfter(number);
    const below = ranges[index - 1];
    const above = ranges[index];
    if (below && below.last >= number) return false;
    if (below?.last === number - 1) {
      below.last = number;
      if (above?.first !== number + 1) return true;
      below.last = above.last;
      ranges.splice(index, 1);
    } else if (above?.first === number + 1) above.first = number;
    else ranges.splice(index, 0, { first: number, last: number });
    return true;
  }

  has(number: number): boolean {
    const below = this.#ranges[this.#indexAfter(number) - 1];
    return below !== undefined && below.last >= number;
  }

  /** Of the first range that begins behind a number. */
  #indexAfter(number: number): number {
    const ranges = this.#ranges;
    // Halving: an app that samples leaves a gap behind nearly every event.
    let index = 0;
    for (let end = ranges.length; index < end; ) {
      const middle = (index + end) >> 1;
      if (ranges[middle]!.first > number) end = middle;
      else index = middle + 1;
    }
    return index;
  }
}
