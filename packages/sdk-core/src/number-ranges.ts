/**
 * A set of whole numbers that fills up nearly in order, kept as ranges: its memory grows with the
 * gaps, not with the numbers, so a single event stuck for weeks costs one range.
 */
export class NumberRanges {
  /** Rising: where a range begins, where it has ended, where the next begins … */
  readonly #bounds: number[] = [];

  /** Adds a number; false if it was there. */
  add(number: number): boolean {
    const bounds = this.#bounds;
    const index = this.#indexAfter(number);
    if (index % 2 > 0) return false;
    const next = number + 1;
    // A bound that is met from both sides is none any more.
    const isMet = [bounds[index - 1] === number, bounds[index] === next] as const;
    const added = [number, next].filter((_, i) => !isMet[i]);
    bounds.splice(isMet[0] ? index - 1 : index, 2 - added.length, ...added);
    return true;
  }

  has(number: number): boolean {
    return this.#indexAfter(number) % 2 > 0;
  }

  /** How many ranges it takes. */
  get rangeCount(): number {
    return this.#bounds.length / 2;
  }

  /** Of the first bound above a number; odd within a range. */
  #indexAfter(number: number): number {
    const bounds = this.#bounds;
    // Halving: an app that samples leaves a gap behind nearly every event.
    let index = 0;
    for (let end = bounds.length; index < end; ) {
      const middle = (index + end) >> 1;
      if (bounds[middle]! > number) end = middle;
      else index = middle + 1;
    }
    return index;
  }
}
