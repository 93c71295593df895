/**
 * One queue and one collector, and some lives of both that each end in a kill. The next app takes
 * over what the dead ones left; in the end a healthy app and a healthy collector deliver it all,
 * and what the segments hold is compared with what the dead had testified.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SeededRandom } from '../../support/seeded-random.js';
import type { Bundles } from '../processes/bundles.js';
import { countEvents } from '../processes/count-events.js';
import { scratchFolder } from '../processes/leftovers.js';
import { queueSegments } from '../processes/queue-files.js';
import { type AppTask, nowhere } from '../processes/tasks.js';
import { Testimony } from '../processes/testimony.js';
import { until } from '../processes/until.js';
import { type ChildOptions, WitnessedChild } from '../processes/witnessed-child.js';
import { type Life, oneThread, pointText, runnerOf } from './kill-point.js';

/** Generous: the machine may have better things to do. */
const patienceMs = 30_000;
const drainMs = 60_000;
const lapse = 20;
const archiveEvery = 4;

export interface KillRoundReport {
  /** The points at which somebody was killed, as text; one counts for each who was. */
  readonly kills: readonly string[];
  readonly unfired: number;
  readonly stored: number;
  readonly acked: number;
  readonly counted: number;
  readonly copies: number;
  readonly archived: number;
  readonly torn: number;
  readonly failures: readonly string[];
}

export class KillRound {
  readonly #bundles: Bundles;
  /** The collector alone, or with the archive behind it. */
  readonly #server: string;
  readonly #random: SeededRandom;
  readonly #folder = scratchFolder('kills');
  readonly #queueDir = join(this.#folder, 'queue');
  readonly #dataFolder = join(this.#folder, 'data');
  readonly #testimony = new Testimony();
  readonly #kills: string[] = [];
  readonly #failures: string[] = [];
  #unfired = 0;
  #collector: WitnessedChild | undefined;
  #port = 0;

  constructor(bundles: Bundles, seed: number) {
    this.#bundles = bundles;
    this.#random = new SeededRandom(seed);
    this.#server = seed % archiveEvery === 0 ? bundles.holdfast : bundles.collector;
  }

  async play(lives: readonly Life[]): Promise<KillRoundReport> {
    try {
      for (const life of lives) {
        const play = life.victim === 'app' ? this.#playApp(life) : this.#playCollector(life);
        const hits = await play;
        for (let hit = 0; hit < hits; hit++) this.#kills.push(pointText(life));
        if (hits === 0) this.#unfired++;
      }
      await this.#drain();
    } catch (error) {
      this.#failures.push(String(error));
    }
    await this.#collector?.kill();
    return this.#report(lives);
  }

  async #report(lives: readonly Life[]): Promise<KillRoundReport> {
    const counted = await countEvents(this.#dataFolder);
    rmSync(this.#folder, { recursive: true, force: true });
    const failures = [...this.#failures, ...counted.faults, ...this.#testimony.brokenBy(counted)];
    const round = lives.map(pointText).join(' ');
    return {
      kills: this.#kills,
      unfired: this.#unfired,
      stored: this.#testimony.stored.size,
      acked: this.#testimony.acked.size,
      counted: counted.count,
      copies: counted.copies,
      archived: counted.archived,
      torn: this.#testimony.torn,
      failures: failures.map((failure) => `${failure}; --points "${round}"`),
    };
  }

  /** Kills one app at a call, or two that work side by side at their moments. */
  async #playApp(life: Life): Promise<number> {
    await this.#needCollector();
    if ('afterMs' in life) return this.#playTwoApps([life.afterMs, this.#upTo(life.afterMs * 2)]);
    const isSynced = 'recordTo' in life || life.call.endsWith('sync') || this.#chance(0.25);
    const app = this.#startApp(
      { turns: 14, durability: isSynced ? 'power' : 'process' },
      { before: runnerOf(life), env: oneThread },
    );
    await this.#awaitApp(app);
    return app.wasKilledByOthers ? 1 : 0;
  }

  async #playTwoApps(momentsMs: readonly number[]): Promise<number> {
    const hits = await Promise.all(
      momentsMs.map(async (momentMs) => {
        const app = this.#startApp({ turns: 500 });
        await app.said('begin', 1, patienceMs);
        const wasHit = await this.#killAfter(app, momentMs);
        this.#testimony.take(app.lines);
        return wasHit;
      }),
    );
    return hits.filter(Boolean).length;
  }

  /** Kills the collector under a working app, which goes on with the next collector. */
  async #playCollector(life: Life): Promise<number> {
    await this.#collector?.stop(patienceMs);
    const collector = this.#startCollector({ before: runnerOf(life), env: oneThread });
    const listening = await collector.said('listening', 1, patienceMs);
    if (listening) this.#port = portIn(listening);
    const app = listening ? this.#startApp({ turns: 30 }, {}, 1) : undefined;
    let wasHit = false;
    if ('afterMs' in life) wasHit = await this.#killAfter(collector, life.afterMs);
    else if (app) await Promise.race([collector.ended, app.ended]);
    if (!listening && !collector.wasKilledByOthers) this.#blame(collector, 'collector');
    wasHit ||= collector.wasKilledByOthers;
    await collector.kill();
    await this.#needCollector();
    if (app) await this.#awaitApp(app);
    return wasHit ? 1 : 0;
  }

  async #killAfter(child: WitnessedChild, delayMs: number): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    return child.kill();
  }

  #startApp(
    task: Partial<AppTask>,
    options: ChildOptions = {},
    shareWithCollector = 0.7,
  ): WitnessedChild {
    return new WitnessedChild(
      this.#bundles.app,
      {
        endpoint: this.#chance(shareWithCollector) ? `http://127.0.0.1:${this.#port}` : nowhere,
        queueDir: this.#queueDir,
        durability: this.#chance(0.25) ? 'power' : 'process',
        seed: this.#upTo(1e9),
        turns: 0,
        maxPauseMs: 6,
        lapse,
        ...task,
      } satisfies AppTask,
      options,
    );
  }

  async #awaitApp(app: WitnessedChild): Promise<void> {
    const isInTime = await app.endsWithin(patienceMs);
    this.#testimony.take(app.lines);
    if (!isInTime || !(app.wasKilledByOthers || app.endedWell)) this.#blame(app, 'app');
  }

  #startCollector(options: ChildOptions = {}): WitnessedChild {
    const task = { dataFolder: this.#dataFolder, port: this.#port, lapse };
    this.#collector = new WitnessedChild(this.#server, task, options);
    return this.#collector;
  }

  /** Makes sure that a collector listens: at the port of the last one, if that is still free. */
  async #needCollector(): Promise<void> {
    if (this.#collector && !this.#collector.hasEnded) return;
    for (let attempt = 0; attempt < 3; attempt++) {
      const collector = this.#startCollector();
      const listening = await collector.said('listening', 1, patienceMs);
      this.#port = listening ? portIn(listening) : 0;
      if (listening) return;
      await collector.kill();
    }
    throw new Error(`the collector does not start: ${this.#collector?.errors}`);
  }

  /** Delivers everything, by an app that nobody kills. */
  async #drain(): Promise<void> {
    await this.#needCollector();
    const app = this.#startApp({}, {}, 1);
    try {
      await until('the queue is empty', drainMs, () => queueSegments(this.#queueDir)?.length === 0);
    } catch (error) {
      this.#failures.push(`${error}: ${app.errors} ${this.#collector?.errors}`);
    }
    await app.stop(patienceMs);
    this.#testimony.take(app.lines);
    await this.#collector?.stop(patienceMs);
  }

  #blame(child: WitnessedChild, what: string): void {
    this.#failures.push(`the ${what} ended with ${child.end}: ${child.errors.trim()}`);
  }

  #chance(share: number): boolean {
    return this.#random.fraction() < share;
  }

  #upTo(most: number): number {
    return Math.floor(this.#random.fraction() * (most + 1));
  }
}

function portIn(listening: string): number {
  return Number(listening.split(' ')[1]);
}
