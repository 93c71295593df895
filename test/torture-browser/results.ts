/** What the scenarios found: the table's rows, the faults that happened, the promises broken. */
import type { SeenRequest } from '../../packages/sdk-browser/test/support/fault-proxy.js';
import type { CountedEvents } from './counted-events.js';
import { emptyRow, type Row } from './row.js';
import type { RunRecord } from './run-record.js';
import type { Scenario } from './scenario.js';
import { sentCopies } from './sent-copies.js';
import type { StoredAfter } from './stored-latency.js';

export class Results {
  readonly failures: string[] = [];
  readonly #scenarios: string[] = [];
  readonly #rows = new Map<string, Row>();
  readonly #fired = new Map<string, number>();
  readonly #controls = new Map<string, 'stored' | 'unstored'>();
  readonly storedAfter: StoredAfter[] = [];
  /** Copies that the collector stored and the storage tier counted once. */
  storedCopies = 0;

  /** In the order in which the scenarios were expected. */
  get rows(): readonly Row[] {
    const { compare } = new Intl.Collator('en', { numeric: true });
    const place = (row: Row) => this.#scenarios.indexOf(row.scenario);
    return [...this.#rows.values()].sort((a, b) => place(a) - place(b) || compare(a.name, b.name));
  }

  /** The figures that matter most, in a few words. */
  headline(): string {
    const rows = this.rows.filter(({ name }) => !this.#controls.has(name));
    const sum = (figure: (row: Row) => number) =>
      rows.reduce((total, row) => total + figure(row), 0);
    const [stored, lost] = [sum((row) => row.stored), sum((row) => row.lost)];
    const twice = sum((row) => row.countedTwice);
    return `${rows.length} ways to go: ${stored} events stored, ${lost} lost, ${twice} twice`;
  }

  get faults(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#fired);
  }

  /** Expects a scenario's faults and controls from now on. */
  expect({ name, faults, controls = {} }: Scenario): void {
    this.#scenarios.push(name);
    for (const fault of faults) this.#fired.set(fault, this.#fired.get(fault) ?? 0);
    for (const [row, what] of Object.entries(controls)) this.#controls.set(row, what);
  }

  fired(scenario: Scenario, fault: string): void {
    if (!scenario.faults.includes(fault)) throw new Error(`${scenario.name} names no ${fault}`);
    this.#fired.set(fault, this.#fired.get(fault)! + 1);
  }

  fail(failure: string): void {
    console.log(`  ${failure}`);
    this.failures.push(failure);
  }

  /** Compares what the witness heard with what is counted. */
  judge(
    runs: readonly RunRecord[],
    counted: CountedEvents,
    requests: readonly SeenRequest[],
  ): void {
    this.storedCopies += counted.storedCopies;
    const copies = sentCopies(requests);
    for (const run of runs) {
      const events = counted.events.filter((event) => event.run === run.id);
      this.#judgeRun(run, events, copies.get(run.id) ?? 0);
    }
  }

  /** What must have happened by now and has not; of copies, if everything was played. */
  finish(isWhole: boolean): void {
    if (isWhole && this.storedCopies === 0) this.fail('no copy came to the storage tier');
    for (const [fault, times] of this.#fired) {
      if (times === 0) this.fail(`never happened: ${fault}`);
    }
    for (const [name, what] of this.#controls) {
      const row = this.#rows.get(name);
      if (!row || row.runs === 0) continue;
      const lost = what === 'stored' ? row.lost : row.lostUnstored;
      if (lost === 0) this.fail(`the control lost nothing: ${name}`);
    }
  }

  #judgeRun(run: RunRecord, events: CountedEvents['events'], copies: number): void {
    const row = this.#rows.get(run.row) ?? emptyRow(run.scenario, run.row);
    this.#rows.set(run.row, row);
    const ids = new Set(events.map(({ eventId }) => eventId));
    const marks = new Set(events.map(({ mark }) => mark));
    const lost = [...run.stored].filter((id) => !ids.has(id));
    const unstored = [...run.accepted].filter((id) => !ids.has(id) && !run.stored.has(id));
    const twice = events.length - Math.min(ids.size, marks.size);
    row.runs++;
    row.accepted += run.accepted.size;
    row.stored += run.stored.size;
    row.counted += events.length;
    row.sentTwice += copies;
    row.lost += lost.length;
    row.lostUnstored += unstored.length;
    row.countedTwice += twice;
    this.storedAfter.push(...run.storedAfter);
    if (lost.length > 0 && this.#controls.get(run.row) !== 'stored') {
      this.fail(`${lost.length} of ${run.stored.size} stored events lost: ${run.row}, ${run.id}`);
    }
    if (twice > 0) this.fail(`${twice} events counted twice: ${run.row}, ${run.id}`);
  }
}
