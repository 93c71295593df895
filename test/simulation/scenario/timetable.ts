/** Puts on a world's clock what its seed has happen, and when. */
import type { SeededRandom } from '../../support/seeded-random.js';
import type { World } from '../world.js';

export class Timetable {
  readonly world: World;
  readonly random: SeededRandom;
  /** Until then the world is active. */
  readonly endMs: number;

  constructor(world: World) {
    this.world = world;
    this.random = world.random;
    this.endMs = world.plan.activeMs;
  }

  /** How often something happens: more where the seed looks at it. */
  often(mean: number, ...focuses: readonly string[]): number {
    const isLookedAt = focuses.includes(this.world.plan.focus);
    if (this.world.plan.focus === 'calm') return 0;
    return isLookedAt ? this.whole(1, 4) : this.random.fraction() < mean / 3 ? this.whole(1, 2) : 0;
  }

  /** Begins something at a random time, and ends it after a while. */
  during(leastMs: number, mostMs: number, begin: () => () => void): void {
    const startMs = this.between(0, this.endMs * 0.9);
    const lengthMs = this.between(leastMs, Math.max(leastMs, mostMs));
    this.at(startMs, () => {
      const end = begin();
      this.after(lengthMs, end);
    });
  }

  at(atMs: number, work: () => void): void {
    this.world.clock.schedule(atMs, () => {
      if (!this.world.isHealed) work();
    });
  }

  after(delayMs: number, work: () => void): void {
    this.world.clock.schedule(delayMs, work);
  }

  chance(share: number): boolean {
    return this.random.fraction() < share;
  }

  between(least: number, most: number): number {
    return least + this.random.fraction() * (most - least);
  }

  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.random.fraction() * all.length)]!;
  }
}
