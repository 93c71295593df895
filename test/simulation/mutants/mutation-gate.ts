/** Puts one bug after the other into the sources: the simulation must catch each of them. */
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { bundleChanged } from '../../support/bundle.js';
import { SeedWorker } from '../seed-worker.js';
import type { Mutant } from './mutants.js';

export const simulation = 'test/simulation/sim-worker.ts';

/** A bug that so many seeds do not see is not caught. */
const maxSeeds = 500;

interface Catch {
  readonly seed: number;
  readonly invariant: string;
}

/** Adds to `failures` what was not caught; prints which seed caught the others. `soundFile` is the
 *  bundle without any bug. */
export async function runMutationGate(
  mutants: readonly Mutant[],
  folder: string,
  soundFile: string,
  failures: string[],
): Promise<{ readonly caught: number; readonly all: number }> {
  const waiting = [...mutants];
  let caughtCount = 0;
  console.log(`\n${'bug'.padEnd(44)} seed  broken invariant`);
  const work = async () => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const caught = await firstCatch(folder, mutant).catch((error: unknown) => {
        failures.push(`mutant ${mutant.name}: ${(error as Error).message}`);
        return undefined;
      });
      if (caught && (await isSound(soundFile, caught.seed))) caughtCount++;
      else failures.push(`mutant ${mutant.name} is not caught`);
      const { seed = '-', invariant = 'NOT CAUGHT' } = caught ?? {};
      console.log(`${mutant.name.padEnd(44)} ${String(seed).padStart(4)}  ${invariant}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return { caught: caughtCount, all: mutants.length };
}

/** Without the bug the same seed must be green, or it caught something else. */
async function isSound(file: string, seed: number): Promise<boolean> {
  const worker = new SeedWorker(file);
  const answer = await worker.run(seed);
  await worker.close();
  return answer.kind === 'result' && answer.result.breaches.length === 0;
}

/** Tries the seeds that caught it before, then all from 1 on. */
async function firstCatch(folder: string, mutant: Mutant): Promise<Catch | undefined> {
  const file = join(folder, `${mutant.name.replaceAll(/\W+/g, '-')}.mjs`);
  await bundleChanged({ entry: simulation, outfile: file, changes: [mutant] });
  const worker = new SeedWorker(file);
  try {
    const all = Array.from({ length: maxSeeds }, (_, index) => index + 1);
    for (const seed of new Set([...mutant.seeds, ...all])) {
      const answer = await worker.run(seed);
      if (answer.kind === 'error') throw new Error(`seed ${seed}: ${answer.error}`);
      const [breach] = answer.result.breaches;
      if (breach) return { seed, invariant: breach.invariant };
    }
    return undefined;
  } finally {
    await worker.close();
    await rm(file, { force: true });
  }
}
