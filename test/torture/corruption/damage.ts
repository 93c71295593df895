import type { SeededRandom } from '../../support/seeded-random.js';

/** A file as a disk, a crash or a person may leave it. */
export interface Damage {
  readonly kind: string;
  /** What was done, so that it can be done again. */
  readonly where: string;
  /** The whole file afterwards. */
  readonly bytes: Uint8Array;
}

export const sectorSizes = [512, 4_096] as const;

/** Cut at every length. */
export function* truncations(bytes: Uint8Array): Generator<Damage> {
  for (let length = 0; length < bytes.length; length++) {
    yield {
      kind: 'truncation',
      where: `at ${length}`,
      bytes: new Uint8Array(bytes.subarray(0, length)),
    };
  }
}

/** Every bit, alone. */
export function* bitFlips(bytes: Uint8Array): Generator<Damage> {
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = new Uint8Array(bytes);
      changed[at]! ^= 1 << bit;
      yield { kind: 'bit flip', where: `bit ${bit} of byte ${at}`, bytes: changed };
    }
  }
}

/** Every sector filled with zeroes, and with what nobody wrote. */
export function* lostSectors(bytes: Uint8Array, random: SeededRandom): Generator<Damage> {
  for (const size of sectorSizes) {
    for (let start = 0; start < bytes.length; start += size) {
      const end = Math.min(bytes.length, start + size);
      const where = `${start}–${end}`;
      const zeroed = new Uint8Array(bytes);
      zeroed.fill(0, start, end);
      yield { kind: 'zeroed sector', where, bytes: zeroed };
      const garbled = new Uint8Array(bytes);
      garbled.set(random.bytes(end - start), start);
      yield { kind: 'garbled sector', where, bytes: garbled };
    }
  }
}

/** Every sector written over another one, and every two of them exchanged. */
export function* misplacedSectors(bytes: Uint8Array): Generator<Damage> {
  for (const size of sectorSizes) {
    const starts: number[] = [];
    for (let start = 0; start + size <= bytes.length; start += size) starts.push(start);
    for (const from of starts) {
      for (const to of starts) {
        if (from === to) continue;
        const copied = new Uint8Array(bytes);
        copied.copyWithin(to, from, from + size);
        yield {
          kind: 'duplicated sector',
          where: `${from} at ${to}, ${size} bytes`,
          bytes: copied,
        };
        if (from > to) continue;
        const exchanged = new Uint8Array(bytes);
        exchanged.set(bytes.subarray(from, from + size), to);
        exchanged.set(bytes.subarray(to, to + size), from);
        const where = `${from} and ${to}, ${size} bytes`;
        yield { kind: 'exchanged sectors', where, bytes: exchanged };
      }
    }
  }
}

/** Pieces of the file (records, lines) written a second time at its end, and every two
 *  neighbours exchanged. */
export function* misplacedPieces(
  bytes: Uint8Array,
  pieces: readonly { readonly start: number; readonly end: number }[],
): Generator<Damage> {
  for (const [index, { start, end }] of pieces.entries()) {
    const again = Buffer.concat([bytes, bytes.subarray(start, end)]);
    yield { kind: 'duplicated record', where: `${start}–${end} at the end`, bytes: again };
    const next = pieces[index + 1];
    if (!next) continue;
    const exchanged = Buffer.concat([
      bytes.subarray(0, start),
      bytes.subarray(next.start, next.end),
      bytes.subarray(start, end),
      bytes.subarray(next.end),
    ]);
    const where = `${start}–${end} and ${next.start}–${next.end}`;
    yield { kind: 'reordered records', where, bytes: exchanged };
  }
}

/** What happens to any file. */
export function* ordinaryDamages(bytes: Uint8Array, random: SeededRandom): Generator<Damage> {
  yield* truncations(bytes);
  yield* bitFlips(bytes);
  yield* lostSectors(bytes, random);
  yield* misplacedSectors(bytes);
}
