/** A set of small whole numbers in one bit each. */
export class OrdinalSet {
  #bits = new Uint8Array(64);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(ordinal: number): boolean {
    return ((this.#bits[ordinal >> 3] ?? 0) & (1 << (ordinal & 7))) !== 0;
  }

  /** Adds it; false if it was in already. */
  add(ordinal: number): boolean {
    if (this.has(ordinal)) return false;
    const index = ordinal >> 3;
    if (index >= this.#bits.length) this.#grow(index + 1);
    this.#bits[index]! |= 1 << (ordinal & 7);
    this.#size++;
    return true;
  }

  #grow(bytes: number): void {
    const grown = new Uint8Array(Math.max(bytes, this.#bits.length * 2));
    grown.set(this.#bits);
    this.#bits = grown;
  }
}
