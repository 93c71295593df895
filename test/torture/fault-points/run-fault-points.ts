/**
 * Parts (d) and (e) of `npm run torture`: every call that the queue, the file sink and the archive
 * make to the file system fails in each way, once, and from then on until the disk is healed: one
 * call number after the other, until a run ends in which the fault never came.
 *
 * What must hold: all that was reported stored or acked is there on the healed disk, nothing is
 * called lost, no segment is deleted that is still owed, no exception but those that the ports
 * promise, no rejection that nobody handles, and on a healed disk everything goes on by itself. A
 * descriptor of which a sync failed is never written to nor synced again, and nothing that was
 * reported stored relied on it: a power cut at that moment would have left it.
 */

import { nodeFileSystem } from '../../../packages/sdk-node/src/queue/node-file-system.js';
import { nodeDisk } from '../../../packages/server-core/src/disk/node-disk.js';
import type { ProofOptions } from '../../support/proof-run.js';
import { HangWatch } from '../corruption/hang-watch.js';
import type { PartReport } from '../part-report.js';
import { liveArchive } from './archive-life.js';
import { liveClient } from './client-life.js';
import { type Fault, FaultInjector, type FaultKind, faultKinds } from './fault-injector.js';
import { type Ending, type LifeOptions, type LifeReport, liveQueue } from './queue-life.js';
import { liveSink } from './sink-life.js';

/** Fault points, at least; one seed makes some ten times as many. */
const defaultPoints = 300;
/** Every call fails, or in a quick run every so many, the first of them by the seed. */
const quickStep = 31;
/** More calls than any life makes: there the fault must have stopped coming. */
const maxCalls = 2_000;
const maxFailures = 20;
const hangMs = 120_000;
const progressMs = 5_000;

interface Life {
  readonly name: string;
  readonly port: 'queue' | 'disk';
  readonly live: (injector: FaultInjector, options: LifeOptions) => Promise<LifeReport>;
  readonly durability: LifeOptions['durability'];
  readonly endings: readonly Ending[];
}

const syncCalls = new Set(['syncData', 'datasync']);
const queueLife = {
  port: 'queue',
  live: liveQueue,
  endings: ['healed', 'closed', 'killed'],
} as const;
const clientLife = {
  port: 'queue',
  live: liveClient,
  endings: ['healed', 'broken', 'killed'],
} as const;
const onDisk = { port: 'disk', durability: 'power' } as const;

const lives: readonly Life[] = [
  { name: 'queue, process', durability: 'process', ...queueLife },
  { name: 'queue, power', durability: 'power', ...queueLife },
  { name: 'client, process', durability: 'process', ...clientLife },
  { name: 'client, power', durability: 'power', ...clientLife },
  { name: 'file sink', ...onDisk, live: liveSink, endings: ['healed', 'closed', 'killed'] },
  { name: 'archive', ...onDisk, live: liveArchive, endings: ['healed', 'killed'] },
];

/** Every call of the two ports. */
const calls = [
  ...Object.keys(nodeFileSystem).map((call) => `queue: ${call}`),
  ...[...Object.keys(nodeDisk), 'write', 'read', 'datasync', 'close'].map(
    (call) => `disk: ${call}`,
  ),
];

export async function runFaultPoints(options: ProofOptions): Promise<PartReport> {
  const run = new FaultRun(options.isQuick ? quickStep : 1);
  const endMs = performance.now() + (options.minutes ?? 0) * 60_000;
  const isBounded = options.minutes === undefined && !options.isQuick;
  const wanted = options.count ?? (isBounded ? defaultPoints : 0);
  for (let seed = options.seed; ; seed++) {
    for (const life of lives) await run.all(life, seed);
    if (run.isOver || (run.points >= wanted && performance.now() >= endMs)) break;
  }
  await run.end();
  return { part: 'faults', figures: run.figures(), failures: run.failures };
}

class FaultRun {
  readonly failures: string[] = [];
  points = 0;
  #runs = 0;
  #stored = 0;
  #refused = 0;
  #failedSyncs = 0;
  /** From one call that fails to the next. */
  readonly #step: number;
  readonly #byLife = new Map<string, number>();
  readonly #byKind = new Map<string, number>();
  readonly #byCall = new Map<string, number>();
  readonly #watch = new HangWatch(hangMs);
  readonly #unhandled: unknown[] = [];
  readonly #onUnhandled = (error: unknown) => void this.#unhandled.push(error);
  #saidAtMs = performance.now();

  constructor(step: number) {
    this.#step = step;
    process.on('unhandledRejection', this.#onUnhandled);
  }

  get isOver(): boolean {
    return this.failures.length >= maxFailures;
  }

  /** Every kind of fault at every call, and every failed sync alone. */
  async all(life: Life, seed: number): Promise<void> {
    for (const isForGood of [false, true]) {
      for (const kind of faultKinds) await this.#everyCall(life, seed, { kind, isForGood });
      await this.#everyCall(life, seed, { kind: 'EIO', isForGood, calls: syncCalls });
    }
  }

  async end(): Promise<void> {
    process.off('unhandledRejection', this.#onUnhandled);
    await this.#watch.end();
    for (const call of this.#step === 1 ? calls : []) {
      if (!this.#byCall.has(call)) this.failures.push(`fault points: ${call} never failed`);
    }
    if (this.#refused === 0) this.failures.push('fault points: no fault had any effect');
    if (this.#failedSyncs === 0) this.failures.push('fault points: no sync failed');
    for (const counts of [this.#byLife, this.#byKind, this.#byCall]) {
      for (const [name, count] of counts) console.log(`  ${String(count).padStart(8)}  ${name}`);
      console.log('');
    }
  }

  figures(): Record<string, number> {
    return {
      faultPoints: this.points,
      lives: this.#runs,
      eventsStored: this.#stored,
      eventsRefused: this.#refused,
      failedSyncs: this.#failedSyncs,
    };
  }

  async #everyCall(life: Life, seed: number, fault: Omit<Fault, 'at'>): Promise<void> {
    for (let at = 1 + (seed % this.#step); at <= maxCalls && !this.isOver; at += this.#step) {
      // Each call number meets one ending; with the next seed another one.
      const ending = life.endings[(at + seed) % life.endings.length]!;
      const injector = new FaultInjector({ ...fault, at });
      const often = fault.isForGood ? 'for good' : 'once';
      const which = fault.calls ? 'sync' : 'call';
      const label = `${life.name}: ${fault.kind} ${often} at ${which} ${at}, ${ending} (--seed ${seed})`;
      const report = await this.#live(
        life,
        injector,
        { durability: life.durability, ending, seed },
        label,
      );
      if (injector.firstHit === undefined) {
        this.#checkControl(report, label);
        return;
      }
      this.#count(life, fault.kind, `${life.port}: ${injector.firstHit}`);
    }
  }

  async #live(
    life: Life,
    injector: FaultInjector,
    options: LifeOptions,
    label: string,
  ): Promise<LifeReport> {
    this.#watch.begin(label);
    this.#runs++;
    let report: LifeReport;
    try {
      report = await withinBound(life.live(injector, options));
    } catch (error) {
      const failure = (error as Error)?.stack ?? String(error);
      report = { failures: [failure], failedSyncs: 0, storedCount: 0, refusedCount: 0 };
    }
    // Rejections that nobody handles are told of a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    const unhandled = this.#unhandled.splice(0).map((error) => `unhandled: ${String(error)}`);
    for (const failure of [...report.failures, ...unhandled].slice(0, 3)) {
      this.failures.push(`${label}: ${injector.firstHit ?? 'no fault'}: ${failure}`);
    }
    this.#stored += report.storedCount;
    this.#refused += report.refusedCount;
    this.#failedSyncs += report.failedSyncs;
    this.#say();
    return report;
  }

  /** Without a fault nothing is refused: otherwise the lives prove nothing. */
  #checkControl({ storedCount, refusedCount }: LifeReport, label: string): void {
    if (storedCount === 0) this.failures.push(`${label}: a sound disk stores nothing`);
    if (refusedCount > 0) this.failures.push(`${label}: a sound disk refuses ${refusedCount}`);
  }

  #count(life: Life, kind: FaultKind, call: string): void {
    this.points++;
    for (const [counts, name] of [
      [this.#byLife, life.name],
      [this.#byKind, kind],
      [this.#byCall, call],
    ] as const) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }

  #say(): void {
    if (performance.now() - this.#saidAtMs < progressMs) return;
    this.#saidAtMs = performance.now();
    console.log(`fault points: ${this.points}, ${this.failures.length} failures`);
  }
}

/** A life that waits for something that never comes would end the process without a word. */
async function withinBound<T>(life: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('hangs')), hangMs / 2);
  });
  try {
    return await Promise.race([life, bound]);
  } finally {
    clearTimeout(timer);
  }
}
