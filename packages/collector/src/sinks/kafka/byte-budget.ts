/** Bytes that may be held, and those that are. */
export class ByteBudget {
  readonly #maxBytes: number;
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#heldBytes + bytes <= this.#maxBytes;
  }

  take(bytes: number): void {
    this.#heldBytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
