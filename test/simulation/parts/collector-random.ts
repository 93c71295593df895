import { v4 } from 'uuid';
import { SeededRandom } from '../../../packages/sdk-core/test/support/seeded-random.js';
import type { Random } from '../../../packages/server-core/src/ports.js';

/** The chance of a collector, from a seed. */
export class CollectorRandom implements Random {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  fraction(): number {
    return this.#random.fraction();
  }

  uuid(): string {
    return v4({ random: this.#random.bytes(16) });
  }
}
