import { v4 } from 'uuid';
import type { Random } from '../../../packages/server-core/src/ports.js';
import { SeededRandom } from '../../support/seeded-random.js';

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
