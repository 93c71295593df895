/**
 * One collector under fire, its events in files: hostile cases in rounds, a healthy tenant beside
 * them, and after each round a look at what is stored.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaseRunner } from './case-runner.js';
import { CollectorUnderTest } from './collector-under-test.js';
import { CollectorVitals, type Vitals } from './collector-vitals.js';
import { FileStore } from './file-store.js';
import { fuzzBounds } from './fuzz-bounds.js';
import type { CaseKind } from './fuzz-case.js';
import { HealthyClient } from './healthy-client.js';
import type { HealthyReport } from './healthy-tenant.js';
import { type PatienceReport, patience } from './patience.js';
import { sendUsual } from './usual-traffic.js';

/** The bundled programs. */
export interface Programs {
  readonly collector: string;
  readonly healthy: string;
}

export interface FuzzRunOptions {
  readonly programs: Programs;
  readonly seed: number;
  /** The number of the first case. */
  readonly first: number;
  readonly kinds: readonly CaseKind[];
  readonly roundCases: number;
  /** Whether to go on after so many cases. */
  readonly goesOn: (cases: number) => boolean;
  readonly hangMs: number;
  /** How many events the collector has taken before. */
  readonly usualEvents: number;
  /** How long the healthy tenant is alone at first, to know what is usual here. */
  readonly aloneMs: number;
  /** How many connections stay unfinished to see them cut. */
  readonly patient: number;
  readonly onRound?: (cases: number, runner: CaseRunner) => void;
}

export interface FuzzRunReport {
  readonly cases: number;
  readonly runner: CaseRunner;
  readonly store: FileStore;
  readonly patience: PatienceReport;
  readonly healthyAlone: HealthyReport;
  readonly healthy: HealthyReport;
  readonly vitals: Vitals;
  readonly durationMs: number;
  readonly failures: readonly string[];
}

export async function fuzzRun(options: FuzzRunOptions): Promise<FuzzRunReport> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-fuzz-'));
  let collector: CollectorUnderTest | undefined;
  try {
    collector = await CollectorUnderTest.start(options.programs.collector, ['--data', folder]);
    return await new FuzzRun(options, collector, folder).run();
  } finally {
    collector?.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

class FuzzRun {
  readonly #options: FuzzRunOptions;
  readonly #collector: CollectorUnderTest;
  readonly #healthy: HealthyClient;
  readonly #vitals: CollectorVitals;
  readonly #runner: CaseRunner;
  readonly #store: FileStore;
  readonly #failures: string[];

  constructor(options: FuzzRunOptions, collector: CollectorUnderTest, folder: string) {
    const { seed, kinds, hangMs, programs } = options;
    this.#options = options;
    this.#collector = collector;
    this.#healthy = new HealthyClient(programs.healthy, collector.port);
    this.#vitals = new CollectorVitals(collector);
    this.#store = new FileStore(folder);
    const { ledger } = this.#store;
    this.#runner = new CaseRunner({ port: collector.port, seed, kinds, hangMs, ledger });
    this.#failures = this.#runner.failures;
  }

  async run(): Promise<FuzzRunReport> {
    const { aloneMs, patient } = this.#options;
    try {
      await this.#sendUsual();
      await new Promise((resolve) => setTimeout(resolve, aloneMs));
      const healthyAlone = await this.#healthy.report('read');
      await this.#vitals.reset();
      const startMs = performance.now();
      const [cases, patients] = await Promise.all([
        this.#rounds(),
        patience(this.#collector.port, patient),
      ]);
      const durationMs = performance.now() - startMs;
      this.#failures.push(...patients.faults);
      const healthy = await this.#healthy.report('stop');
      await this.#settle();
      this.#judgeHealthy([healthyAlone, healthy]);
      this.#runner.close();
      const vitals = await this.#vitals.end();
      this.#failures.push(...vitals.faults);
      this.#judgeShare();
      return {
        ...{ cases, runner: this.#runner, store: this.#store, patience: patients },
        ...{ healthyAlone, healthy, vitals, durationMs, failures: this.#failures },
      };
    } finally {
      this.#vitals.stop();
      this.#runner.close();
      this.#healthy.kill();
    }
  }

  /** Fills what the collector remembers, so that its memory is judged as on any other day. */
  async #sendUsual(): Promise<void> {
    const { usualEvents } = this.#options;
    const missing = await sendUsual(this.#collector.port, usualEvents);
    await this.#settle();
    const stored = this.#store.usualEvents;
    if (missing > 0 || stored < usualEvents) {
      this.#failures.push(`of ${usualEvents} usual events ${missing} not acked, ${stored} stored`);
    }
  }

  async #rounds(): Promise<number> {
    const { first, roundCases, goesOn, onRound } = this.#options;
    let cases = 0;
    while (goesOn(cases) && this.#failures.length === 0) {
      await this.#runner.run(first + cases, first + cases + roundCases);
      cases += roundCases;
      await this.#settle();
      if (!this.#collector.isRunning) {
        this.#failures.push(`the collector is gone: ${this.#collector.output.slice(-2_000)}`);
      }
      onRound?.(cases, this.#runner);
    }
    return cases;
  }

  async #settle(): Promise<void> {
    const { verdicts, ackedByFraming } = this.#runner;
    try {
      this.#failures.push(...(await this.#store.settle(verdicts, ackedByFraming.splice(0))));
    } catch (error) {
      this.#failures.push(`what is stored cannot be read: ${error}`);
    }
  }

  #judgeHealthy(reports: readonly HealthyReport[]): void {
    const acked = reports.reduce((sum, report) => sum + report.acked, 0);
    const stored = this.#store.healthyBatches;
    if (stored !== acked) this.#failures.push(`${acked} healthy batches acked, ${stored} stored`);
    for (const refusal of reports.flatMap(({ refusals }) => refusals)) {
      this.#failures.push(`the healthy tenant was refused: ${refusal}`);
    }
  }

  /** What is shed is not compared, so it must not be much. */
  #judgeShare(): void {
    const { codes } = this.#runner;
    const shed = codes.get('shed') + codes.get('sink_unavailable');
    if (shed > codes.total * fuzzBounds.maxShedShare) {
      this.#failures.push(`${shed} of ${codes.total} requests were shed`);
    }
  }
}
