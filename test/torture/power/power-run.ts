import type { ProofOptions } from '../../support/proof-run.js';
import type { Break } from '../processes/breaks.js';
import type { Bundles } from '../processes/bundles.js';
import { Progress } from '../processes/progress.js';
import { CutSeries, type CutSeriesPlan, type CutSeriesReport } from './cut-series.js';
import { diskKinds } from './loop-disk.js';
import type { MountSpace } from './mount-space.js';

const defaultCuts = 64;
const cutsPerSeries = 8;
/** One on each kind of disk. */
const quickCuts = 2;
/** Of one cut each; every kind of disk gets one after the other, until it has lost both. */
const maxControls = 12;
/** Of four series the last one archives, too. */
const archiveEvery = 4;

export interface PowerOptions extends ProofOptions {
  /** Put into the children: the run ends with the first failure. */
  readonly broken?: Break;
}

/** Plays cut after cut, in series. */
export class PowerRun {
  readonly series: CutSeriesReport[] = [];
  readonly #bundles: Bundles;
  readonly #space: MountSpace;
  readonly #options: PowerOptions;
  readonly #progress = new Progress('power');
  #planned = 0;

  constructor(bundles: Bundles, space: MountSpace, options: PowerOptions) {
    this.#bundles = bundles;
    this.#space = space;
    this.#options = options;
  }

  get seconds(): number {
    return this.#progress.elapsedSeconds;
  }

  /** Plays series after series; several may do so at once. */
  async work(): Promise<void> {
    for (let plan = this.#next(); plan; plan = this.#next()) {
      this.series.push(await CutSeries.play(this.#bundles, this.#space, plan));
      const cuts = this.series.reduce((sum, series) => sum + series.cuts, 0);
      this.#progress.tell(`${cuts} cuts`);
    }
  }

  /** What is lost where fsync lies. */
  async control(): Promise<CutSeriesReport[]> {
    const ofKind = await Promise.all(
      diskKinds.map(async (kind) => {
        const series: CutSeriesReport[] = [];
        while (series.length < maxControls && !hasLostBoth(series)) {
          const seed = this.#options.seed + series.length;
          const plan = { seed, kind, server: 'collector', cuts: 1, isSyncLying: true } as const;
          series.push(await CutSeries.play(this.#bundles, this.#space, plan));
          this.#progress.tell(`control ${series.length} on ${kind}`);
        }
        return series;
      }),
    );
    return ofKind.flat();
  }

  #next(): CutSeriesPlan | undefined {
    const { seed, isQuick, minutes, broken } = this.#options;
    const { count = isQuick ? quickCuts : defaultCuts } = this.#options;
    const cuts = isQuick ? 1 : cutsPerSeries;
    const isOver =
      minutes === undefined ? this.#planned * cuts >= count : this.seconds >= minutes * 60;
    if (isOver || (broken && this.series.some(({ failures }) => failures.length > 0))) {
      return undefined;
    }
    // The seed alone says what a series is, so that a failure can be played again.
    const number = seed + this.#planned++;
    const isArchiving = Math.floor(number / diskKinds.length) % archiveEvery === 0;
    return {
      seed: number,
      kind: diskKinds[number % diskKinds.length]!,
      server: broken?.isInArchive || isArchiving ? 'holdfast' : 'collector',
      cuts,
      isSyncLying: false,
    };
  }
}

export function hasLostBoth(series: readonly CutSeriesReport[]): boolean {
  return lossesOf(series, 'stored') > 0 && lossesOf(series, 'acked') > 0;
}

export function lossesOf(series: readonly CutSeriesReport[], what: 'stored' | 'acked'): number {
  const lines = series.flatMap(({ failures }) => failures);
  return lines.filter((line) => line.includes(`${what} events are lost`)).length;
}
