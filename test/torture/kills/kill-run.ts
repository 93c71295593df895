import type { ProofOptions } from '../../support/proof-run.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { Break } from '../processes/breaks.js';
import type { Bundles } from '../processes/bundles.js';
import { Progress } from '../processes/progress.js';
import { killPlan } from './kill-plan.js';
import { callsOf, type KillPoint, kindOf, type Victim, victims } from './kill-point.js';
import { KillRound, type KillRoundReport } from './kill-round.js';

const defaultKills = 120;
const quickKills = 8;
const pointsPerRound = 8;
const maxSeekRounds = 4;

export interface KillOptions extends ProofOptions {
  /** One round of these alone, as a failure named them. */
  readonly points?: readonly KillPoint[];
  /** Put into the children: the run ends with the first failure. */
  readonly broken?: Break;
}

/** Plays kill after kill, in rounds. */
export class KillRun {
  readonly rounds: KillRoundReport[] = [];
  readonly #bundles: Bundles;
  readonly #options: KillOptions;
  readonly #points: readonly KillPoint[];
  readonly #plan: Iterator<KillPoint, undefined>;
  readonly #progress = new Progress('kills');
  #nextSeed: number;

  constructor(bundles: Bundles, points: readonly KillPoint[], options: KillOptions) {
    this.#bundles = bundles;
    this.#options = options;
    this.#points = points;
    this.#plan = killPlan(points, new SeededRandom(options.seed));
    this.#nextSeed = options.seed;
  }

  get seconds(): number {
    return this.#progress.elapsedSeconds;
  }

  /** Plays round after round; several may do so at once. */
  async work(): Promise<void> {
    while (!this.#isOver()) {
      const points = this.#take();
      if (points.length === 0) return;
      await this.#play(points);
    }
  }

  /** A call that was not made in the lives in which it should have been the last gets rounds of
   *  its own, with the first of these calls, which nearly every life makes. */
  async seekMissed(): Promise<void> {
    for (let attempt = 0; attempt < maxSeekRounds; attempt++) {
      for (const { victim, call } of this.missed()) {
        const first = this.#points.find(
          (p) => 'call' in p && p.victim === victim && p.call === call,
        );
        if (first) await this.#play(Array.from({ length: pointsPerRound }, () => first));
      }
    }
  }

  /** Calls at which nobody was killed. */
  missed(): { victim: Victim; call: string }[] {
    const kills = new Set(this.rounds.flatMap((round) => round.kills).map(kindOf));
    return victims
      .flatMap((victim) => callsOf[victim].map((call) => ({ victim, call })))
      .filter(({ victim, call }) => !kills.has(`${victim} ${call}`));
  }

  async #play(points: readonly KillPoint[]): Promise<void> {
    const seed = this.#nextSeed++;
    const round = await new KillRound(this.#bundles, seed).play(points);
    const failures = round.failures.map((failure) => `kills: --seed ${seed}: ${failure}`);
    this.rounds.push({ ...round, failures });
    this.#progress.tell(`${this.#kills} kills, ${this.rounds.length} rounds`);
  }

  get #kills(): number {
    return this.rounds.reduce((sum, { kills }) => sum + kills.length, 0);
  }

  #isOver(): boolean {
    const { count, minutes, broken, isQuick } = this.#options;
    if (broken && this.rounds.some(({ failures }) => failures.length > 0)) return true;
    if (minutes !== undefined) return this.seconds >= minutes * 60;
    return this.#kills >= (count ?? (isQuick ? quickKills : defaultKills));
  }

  #take(): KillPoint[] {
    const points: KillPoint[] = [];
    while (points.length < pointsPerRound) {
      const { value } = this.#plan.next();
      if (value === undefined) break;
      points.push(value);
    }
    return points;
  }
}
