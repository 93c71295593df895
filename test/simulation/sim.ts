/**
 * `npm run sim`: the deterministic simulation and its mutation gate.
 *
 * Runs many seeds, each a world of its own, and fails if an invariant breaks, if a seed does not
 * replay, if a fault never happened that is claimed, if a control that must lose loses nothing, or
 * if a bug that was put in on purpose is not caught.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../support/bundle.js';
import { finishProof, type ProofOptions, readProofOptions } from '../support/proof-run.js';
import { Figures } from './figures.js';
import { mutants, quickMutants } from './mutants/mutants.js';
import { runMutationGate, simulation } from './mutants/mutation-gate.js';
import { SeedWorker } from './seed-worker.js';

const defaultSeeds = 650;
/** Three of each focus. */
const quickSeeds = 26;
/** A run of so many seeds must show each fault so many times. */
const leastFaults = { perSeeds: 500, count: 5 };
/** Every so many seeds one is run again, and must leave the same trace. */
const replayEvery = 50;
const quickReplayEvery = 13;

const about =
  'Deterministic simulation and its mutation gate. --seed N --trace replays one seed and prints ' +
  'its last lines; --without-mutants runs the seeds alone. --quick takes a few of both.';

async function main(): Promise<void> {
  const startMs = performance.now();
  const isTraced = takeFlag('--trace');
  const isGated = !takeFlag('--without-mutants');
  const options = readProofOptions('sim', about);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-sim-'));
  try {
    const file = join(folder, 'sim.mjs');
    await bundle({ entry: simulation, outfile: file, hasSourceMap: true });
    if (isTraced) return await replay(file, options);
    const figures = new Figures();
    await runSeeds(file, options, figures);
    const none = { caught: 0, all: 0 };
    const gated = options.isQuick ? quickMutants : mutants;
    const caught = isGated ? await runMutationGate(gated, folder, file, figures.failures) : none;
    figures.checkFaults(leastFaults);
    const seconds = Math.round((performance.now() - startMs) / 1_000);
    figures.print();
    const bugs = `${caught.caught} of ${caught.all}`;
    const headline = `${figures.headline()}${isGated ? `, ${bugs} bugs caught` : ''}`;
    const line = { ...figures.line(), mutants: bugs, seconds, headline };
    finishProof('sim', line, figures.failures);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Takes a flag of this command alone out of the arguments. */
function takeFlag(flag: string): boolean {
  const isGiven = process.argv.includes(flag);
  process.argv = process.argv.filter((argument) => argument !== flag);
  return isGiven;
}

async function runSeeds(file: string, options: ProofOptions, figures: Figures): Promise<void> {
  const { seed: first, isQuick, minutes } = options;
  const { count = isQuick ? quickSeeds : defaultSeeds } = options;
  const every = isQuick ? quickReplayEvery : replayEvery;
  const endMs = performance.now() + (minutes ?? 0) * 60_000;
  let next = first;
  const isOver = () => (minutes === undefined ? next >= first + count : performance.now() >= endMs);
  const work = async () => {
    const worker = new SeedWorker(file);
    while (!isOver() && figures.failures.length < 20) {
      const seed = next++;
      const answer = await worker.run(seed);
      figures.take(seed, answer);
      if (seed % every === 0) figures.compare(answer, await worker.run(seed));
    }
    await worker.close();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

/** One seed again, with its last lines. */
async function replay(file: string, { seed, count = 1 }: ProofOptions): Promise<void> {
  const failures: string[] = [];
  const worker = new SeedWorker(file);
  for (let n = seed; n < seed + count; n++) {
    const answer = await worker.run(n, true);
    if (answer.kind === 'error') {
      failures.push(`seed ${n}: ${answer.error}`);
      continue;
    }
    const { hash, focus, breaches, trace, figures } = answer.result;
    console.log(trace.join('\n'));
    console.log(`seed ${n} (${focus}) hash ${hash} ${JSON.stringify(figures)}`);
    for (const { invariant, text } of breaches) failures.push(`seed ${n}: ${invariant}: ${text}`);
  }
  await worker.close();
  finishProof('sim', { seed, seeds: count }, failures);
}

await main();
