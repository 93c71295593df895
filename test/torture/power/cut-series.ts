/**
 * Some power cuts on one disk. Each generation works on it, an app and a server, until the power is
 * cut in the midst of it; the disk is mounted again, and everything that an app had said was stored
 * must be in the queue's files or counted, everything that was acked must be counted. The next
 * generation goes on with what it finds, and in the end the last one delivers all.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SeededRandom } from '../../support/seeded-random.js';
import type { Bundles } from '../processes/bundles.js';
import { countEvents } from '../processes/count-events.js';
import { CountedEvents } from '../processes/counted-events.js';
import { scratchFolder } from '../processes/leftovers.js';
import { queuedEventIds, queueSegments } from '../processes/queue-files.js';
import { type AppTask, nowhere } from '../processes/tasks.js';
import { Testimony } from '../processes/testimony.js';
import { until } from '../processes/until.js';
import { WitnessedChild } from '../processes/witnessed-child.js';
import { type DiskKind, LoopDisk } from './loop-disk.js';
import type { MountSpace } from './mount-space.js';

const patienceMs = 30_000;
const drainMs = 60_000;
const lapse = 20;
/** An owner file that the cut tore names nobody: a lease of a minute decides then. */
const drainLapse = 60;
const maxStoredTurns = 50;

/** The disk says that it has synced, and has not: what a run without fsync would lose. */
const lyingSync = [
  ...['strace', '-f', '-qq', '-e', 'trace=fsync,fdatasync'],
  ...['-e', 'inject=fsync,fdatasync:retval=0', '-o', '/dev/null'],
];

export interface CutSeriesPlan {
  readonly seed: number;
  readonly kind: DiskKind;
  readonly server: 'collector' | 'holdfast';
  readonly cuts: number;
  readonly isSyncLying: boolean;
}

export interface CutSeriesReport {
  readonly plan: CutSeriesPlan;
  readonly cuts: number;
  readonly stored: number;
  readonly acked: number;
  readonly counted: number;
  readonly copies: number;
  /** Events that the archive held after a cut, all cuts together. */
  readonly archived: number;
  /** Records of the queue that the cuts tore. */
  readonly torn: number;
  /** Pieces of segments that the collector has put aside. */
  readonly quarantined: number;
  readonly failures: readonly string[];
}

export class CutSeries {
  readonly #bundles: Bundles;
  readonly #plan: CutSeriesPlan;
  readonly #random: SeededRandom;
  readonly #testimony = new Testimony();
  readonly #failures: string[] = [];
  readonly #disk: LoopDisk;
  #counted = new CountedEvents();
  #cuts = 0;
  #archived = 0;
  #quarantined = 0;

  private constructor(bundles: Bundles, plan: CutSeriesPlan, disk: LoopDisk) {
    this.#bundles = bundles;
    this.#plan = plan;
    this.#random = new SeededRandom(plan.seed);
    this.#disk = disk;
  }

  static async play(
    bundles: Bundles,
    space: MountSpace,
    plan: CutSeriesPlan,
  ): Promise<CutSeriesReport> {
    const folder = scratchFolder('power');
    const disk = await LoopDisk.make(space, plan.kind, folder);
    const series = new CutSeries(bundles, plan, disk);
    try {
      await series.#play();
    } catch (error) {
      series.#fail(String(error));
    }
    await disk.remove();
    rmSync(folder, { recursive: true, force: true });
    return series.#report();
  }

  get #queueDir(): string {
    return join(this.#disk.path, 'queue');
  }

  get #dataFolder(): string {
    return join(this.#disk.path, 'data');
  }

  async #play(): Promise<void> {
    for (let cut = 0; cut < this.#plan.cuts && this.#failures.length === 0; cut++) {
      await this.#workUntilCut();
      this.#cuts++;
      await this.#inspect();
    }
    if (this.#failures.length === 0) await this.#drain();
  }

  async #workUntilCut(): Promise<void> {
    const { isSyncLying } = this.#plan;
    const options = isSyncLying ? { before: lyingSync } : {};
    const server = this.#startServer(options);
    const endpoint = await this.#endpointOf(server);
    const apps = [0, 1]
      .slice(this.#upTo(1))
      .map((index) =>
        this.#startApp(
          { endpoint: index === 0 && this.#upTo(2) === 0 ? nowhere : endpoint, turns: 10_000 },
          options,
        ),
      );
    const children = [server, ...apps];
    try {
      await apps[0]!.said('stored', 1 + this.#upTo(maxStoredTurns), patienceMs);
      await pause(this.#upTo(15));
      // A cut is an instant, and the call that plays it is none: while it is under way the kernel
      // lets some syncs succeed of which nothing is left afterwards.
      await Promise.all(children.map((child) => child.freeze()));
      await this.#disk.cut(this.#upTo(1) === 0);
    } finally {
      await Promise.all(children.map((child) => child.kill()));
      for (const child of children) this.#testimony.take(child.lines);
    }
    await this.#disk.remount();
  }

  /** Looks for everything that was promised in what the cut has left. */
  async #inspect(): Promise<void> {
    const queued = queuedEventIds(this.#queueDir);
    const counted = await this.#count();
    const broken = this.#testimony.brokenBy(counted, {
      has: (eventId) => counted.has(eventId) || queued.has(eventId),
    });
    for (const line of [...broken, ...counted.faults]) this.#fail(`after the cut, ${line}`);
  }

  async #count(): Promise<CountedEvents> {
    const quarantine = join(this.#dataFolder, 'quarantine');
    this.#quarantined = existsSync(quarantine) ? readdirSync(quarantine).length : 0;
    this.#counted = await countEvents(this.#dataFolder);
    this.#archived += this.#counted.archived;
    return this.#counted;
  }

  /** Delivers everything, with the power on. */
  async #drain(): Promise<void> {
    const server = this.#startServer();
    const app = this.#startApp({
      endpoint: await this.#endpointOf(server),
      turns: 0,
      lapse: drainLapse,
    });
    try {
      await until('the queue is empty', drainMs, () => queueSegments(this.#queueDir)?.length === 0);
      await app.stop(patienceMs);
      await server.stop(patienceMs);
    } catch (error) {
      this.#fail(`${error}: ${app.errors} ${server.errors}`);
    } finally {
      await Promise.all([app.kill(), server.kill()]);
      this.#testimony.take(app.lines);
    }
    const counted = await this.#count();
    for (const line of [...this.#testimony.brokenBy(counted), ...counted.faults]) {
      this.#fail(`in the end, ${line}`);
    }
  }

  #startServer(options = {}): WitnessedChild {
    const task = { dataFolder: this.#dataFolder, port: 0, lapse };
    return new WitnessedChild(this.#bundles[this.#plan.server], task, options);
  }

  async #endpointOf(server: WitnessedChild): Promise<string> {
    const listening = await server.said('listening', 1, patienceMs);
    if (listening) return `http://127.0.0.1:${listening.split(' ')[1]}`;
    await server.kill();
    throw new Error(`the ${this.#plan.server} does not start: ${server.errors}`);
  }

  #startApp(task: Pick<AppTask, 'endpoint' | 'turns'> & Partial<AppTask>, options = {}) {
    return new WitnessedChild(
      this.#bundles.app,
      {
        queueDir: this.#queueDir,
        durability: 'power',
        seed: this.#upTo(1e9),
        maxPauseMs: 4,
        lapse,
        ...task,
      } satisfies AppTask,
      options,
    );
  }

  #fail(what: string): void {
    const { seed, kind, server } = this.#plan;
    this.#failures.push(`power: --seed ${seed} (${kind}, ${server}) cut ${this.#cuts}: ${what}`);
  }

  #report(): CutSeriesReport {
    return {
      plan: this.#plan,
      cuts: this.#cuts,
      stored: this.#testimony.stored.size,
      acked: this.#testimony.acked.size,
      counted: this.#counted.count,
      copies: this.#counted.copies,
      archived: this.#archived,
      torn: this.#testimony.torn,
      quarantined: this.#quarantined,
      failures: this.#failures,
    };
  }

  #upTo(most: number): number {
    return Math.floor(this.#random.fraction() * (most + 1));
  }
}
