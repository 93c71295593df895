/**
 * A set of whole numbers that fills up nearly in order, kept as ranges: its memory grows with the
 * gaps, not with the numbers, so a single event stuck for weeks costs one range.
 */
export class NumberRanges {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** Adds a number; false if it was there. */
  add(number: number): boolean {
    const starts = this.#starts;
    const ends = this.#ends;
    let after = starts.length;
    while (after > 0 && starts[after - 1]! > number) after--;
    const before = after - 1;
    if (before >= 0 && ends[before]! >= number) return false;
    const joinsBefore = before >= 0 && ends[before] === number - 1;
    const joinsAfter = starts[after] === number + 1;
    if (joinsBefore && joinsAfter) {
      ends[before] = ends[after]!;
      starts.splice(after, 1);
      ends.splice(after, 1);
    } else if (joinsBefore) ends[before] = number;
    else if (joinsAfter) starts[after] = number;
    else {
      starts.splice(after, 0, number);
      ends.splice(after, 0, number);
    }
    return true;
  }

  /** Adds all from 1 to `last`, beyond which there is none; returns how many were missing. */
  fill(last: number): number {
    const held = this.#ends.reduce((sum, end, index) => sum + end - this.#starts[index]! + 1, 0);
    if (last > 0) {
      this.#starts.splice(0, this.#starts.length, 1);
      this.#ends.splice(0, this.#ends.length, last);
    }
    return last - held;
  }

  /** How many ranges it takes. */
  get rangeCount(): number {
    return this.#starts.length;
  }
}
