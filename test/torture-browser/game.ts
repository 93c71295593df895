import type { Chromium } from '../../packages/sdk-browser/test/support/chromium.js';
import { SeededRandom } from '../support/seeded-random.js';
import { Arena } from './arena.js';
import { earlyRequests } from './early-requests.js';
import type { Results } from './results.js';
import { RunRecord } from './run-record.js';
import type { Scenario } from './scenario.js';

/** One play of a scenario with one seed. */
export class Game {
  readonly random: SeededRandom;
  readonly rounds: number;
  readonly #scenario: Scenario;
  readonly #seed: number;
  readonly #script: string;
  readonly #results: Results;
  readonly #arenas: Arena[] = [];
  readonly #clear: (() => Promise<void>)[] = [];
  runs = 0;

  constructor(scenario: Scenario, seed: number, script: string, results: Results) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#script = script;
    this.#results = results;
    this.rounds = scenario.rounds;
    this.random = new SeededRandom(seed * 7_919 + [...scenario.name].reduce(hash, 0));
  }

  /** Opens an arena with a browser and an origin; it is judged and cleared in the end. */
  async openArena(chromium?: Chromium): Promise<Arena> {
    const arena = await Arena.open(this.#script, chromium);
    this.#arenas.push(arena);
    this.atEnd(() => arena.dispose());
    await arena.newOrigin();
    await arena.startBrowser();
    return arena;
  }

  /** Begins a run, which counts in this line of the table. */
  begin(arena: Arena, row: string): RunRecord {
    this.runs++;
    const { name } = this.#scenario;
    const id = `${name}/${this.#seed}/${this.runs}`;
    return arena.witness.begin(new RunRecord(id, name, row));
  }

  /** Notes that a fault has happened. */
  fired(fault: string): void {
    this.#results.fired(this.#scenario, fault);
  }

  /** Notes a broken promise, with what replays it. */
  fail(what: string): void {
    this.#results.fail(`${what} (${this.replay})`);
  }

  /** Judges what became of all events. */
  async judge(): Promise<void> {
    for (const { witness, collector, proxy } of this.#arenas) {
      this.#results.judge([...witness.runs.values()], await collector.counted(), proxy.requests);
      for (const drop of witness.drops) this.fail(`dropped ${drop}`);
      for (const early of earlyRequests(proxy.requests)) this.fail(`a request came ${early}`);
    }
  }

  /** Has this done when the game has ended, however it ends; the last first. */
  atEnd(clear: () => Promise<void>): void {
    this.#clear.unshift(clear);
  }

  /** Clears what it has opened, whatever happened. */
  async end(): Promise<void> {
    for (const clear of this.#clear) {
      await clear().catch((error: unknown) => this.fail(`not cleared: ${error}`));
    }
  }

  get replay(): string {
    return `--only ${this.#scenario.name} --seed ${this.#seed}`;
  }

  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.random.fraction() * (most - least + 1));
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.whole(0, choices.length - 1)]!;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, key: this.random.fraction() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }
}

function hash(sum: number, character: string): number {
  return (sum * 31 + character.charCodeAt(0)) % 1_000_003;
}
