/**
 * Part (c) of `npm run torture`: files that are damaged in every way that we can think of. Never a
 * wrong record, at most the damaged record lost, nothing deleted, no crash and no hang.
 *
 * What a damage may cost:
 * - the queue's segments: the records of which a byte changed; all others are found again. A cut
 *   costs what was cut. The file ends in quarantine.
 * - its ack files: nothing. What is forgotten is sent once more.
 * - its dead letters: the lines of which a byte changed, with the line feed before and behind them.
 *   Its owner file and state: nothing.
 * - the file sink's segments: the lines of which a byte changed, likewise. They are copied to the
 *   quarantine, and stay but for an invalid tail of the newest segment, which is cut.
 * - its claim of the folder: nothing. A live process is not robbed.
 * - the archive's manifest: it is refused, and nothing is touched.
 */
import type { ProofOptions } from '../../support/proof-run.js';
import type { PartReport } from '../part-report.js';
import { controlFaults } from './controls.js';
import type { CorruptionCase } from './corruption-case.js';
import { HangWatch } from './hang-watch.js';
import { manifestCases } from './manifest-cases.js';
import { queueCases } from './queue-cases.js';
import { runningQueueCases } from './running-queue-cases.js';
import { segmentCases } from './segment-cases.js';

/** Cases, at least; one seed makes about twice as many. */
const defaultCases = 50_000;
/** Of the cases of a seed, a quick run plays so many of each kind and target, and every so many. */
const quickShare = { ofEach: 8, every: 200 };
/** A case takes a millisecond or two. */
const hangMs = 120_000;
const progressMs = 5_000;
const maxFailures = 20;

const kinds = [
  'truncation',
  'bit flip',
  'zeroed sector',
  'garbled sector',
  'duplicated sector',
  'exchanged sectors',
  'duplicated record',
  'reordered records',
  'hostile length',
  'exchanged ack files',
  'exchanged segments',
  'missing file',
  'duplicated file',
];

export async function runCorruption(options: ProofOptions): Promise<PartReport> {
  const tally = new Tally();
  const watch = new HangWatch(hangMs);
  const endMs = performance.now() + (options.minutes ?? 0) * 60_000;
  const isBounded = options.minutes === undefined && !options.isQuick;
  const wanted = options.count ?? (isBounded ? defaultCases : 0);
  const isTaken = options.isQuick ? shareOf(quickShare) : () => true;
  const isDone = () =>
    tally.failures.length >= maxFailures || (tally.cases >= wanted && performance.now() >= endMs);
  try {
    for (let seed = options.seed; ; seed++) {
      await tally.run(controlCase(seed), seed, watch);
      for (const makeCases of [queueCases, runningQueueCases, segmentCases, manifestCases]) {
        for await (const each of makeCases(seed)) {
          if (isTaken(each)) await tally.run(each, seed, watch);
        }
      }
      if (isDone()) break;
    }
  } catch (error) {
    tally.failures.push(`corruption: cannot make its cases: ${(error as Error)?.stack}`);
  } finally {
    await watch.end();
  }
  for (const kind of kinds) {
    if (!tally.byKind.has(kind)) tally.failures.push(`corruption: no ${kind} in any file`);
  }
  tally.print();
  return { part: 'corruption', figures: tally.figures(), failures: tally.failures };
}

/** Takes the first of each kind, and of the others an even part. */
function shareOf({ ofEach, every }: typeof quickShare): (each: CorruptionCase) => boolean {
  const met = new Map<string, number>();
  return ({ target, kind }) => {
    const name = `${target}, ${kind}`;
    const count = met.get(name) ?? 0;
    met.set(name, count + 1);
    return count < ofEach || count % every === 0;
  };
}

function controlCase(seed: number): CorruptionCase {
  return { target: 'the checks', kind: 'control', where: '', faults: () => controlFaults(seed) };
}

class Tally {
  readonly failures: string[] = [];
  readonly byKind = new Map<string, number>();
  readonly #byTarget = new Map<string, number>();
  cases = 0;
  #saidAtMs = performance.now();

  /** Runs one case; a run that fails all over ends early. */
  async run(each: CorruptionCase, seed: number, watch: HangWatch): Promise<void> {
    if (this.failures.length >= maxFailures) return;
    const label = `${each.target}, ${each.kind} ${each.where} (--seed ${seed})`;
    watch.begin(label);
    this.cases++;
    this.byKind.set(each.kind, (this.byKind.get(each.kind) ?? 0) + 1);
    this.#byTarget.set(each.target, (this.#byTarget.get(each.target) ?? 0) + 1);
    try {
      const faults = await each.faults();
      if (faults.length > 0) this.failures.push(`${label}: ${faults.slice(0, 3).join('; ')}`);
    } catch (error) {
      this.failures.push(`${label}: crashed, ${(error as Error)?.stack ?? String(error)}`);
    }
    this.#say();
  }

  figures(): Record<string, number> {
    const byKind = [...this.byKind].map(([kind, count]) => [camelCase(kind), count] as const);
    return { corruptionCases: this.cases, ...Object.fromEntries(byKind) };
  }

  print(): void {
    for (const counts of [this.#byTarget, this.byKind]) {
      for (const [name, count] of counts) console.log(`  ${String(count).padStart(8)}  ${name}`);
      console.log('');
    }
  }

  #say(): void {
    if (performance.now() - this.#saidAtMs < progressMs) return;
    this.#saidAtMs = performance.now();
    console.log(`corruption: ${this.cases} cases, ${this.failures.length} failures`);
  }
}

function camelCase(kind: string): string {
  return kind.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
}
