/**
 * `npm run torture:browser`: a real Chromium, a real collector over files, and whatever befalls a
 * page between them. A page tells the test which events track() has accepted and for which stored()
 * has resolved; the storage tier's own view tells what is counted in the end.
 */
import { needs } from '../support/needs.js';
import {
  finishProof,
  finishSkipped,
  type ProofOptions,
  readProofOptions,
} from '../support/proof-run.js';
import { breaks } from './breaks.js';
import { playAll } from './play.js';
import { Results } from './results.js';
import { table } from './row.js';
import type { Scenario } from './scenario.js';
import { quickScenarios, scenarios } from './scenarios.js';
import { latencies } from './stored-latency.js';
import { tortureScript } from './torture-script.js';

const name = 'torture:browser';
const about = `Kills, crashes, freezes and starves real browsers, and compares what they called stored with
what is counted. --runs repeats it with the next seeds, --minutes goes on for so long, --only plays
one scenario. --break puts a fault into the client, to see the command fail; \`all\` tries every one
of them, and fails if one is not found. --quick plays one round of each scenario but power-cut.`;

await main();

async function main(): Promise<void> {
  const options = readProofOptions(name, about, {
    only: scenarios.map((scenario) => scenario.name),
    break: [...Object.keys(breaks), 'all'],
  });
  const broken = options.chosen.break;
  if (!needs('chromium')) finishSkipped(name);
  else if (broken === 'all') await findBreaks(options);
  else if (broken !== undefined) await torture(options, broken);
  else await torture(options);
}

/** Plays all that was asked for, and prints what came of it. */
async function torture(options: ProofOptions, broken?: string): Promise<void> {
  const only = broken === undefined ? options.chosen.only : breaks[broken]!.scenario;
  const { results, seconds, seeds } = await playSeeds(options, only, broken);
  for (const line of table(results.rows)) console.log(line);
  const { rows, faults, storedCopies } = results;
  const storedMs = latencies(results.storedAfter);
  const figures = { broken, seeds, seconds, faults, storedCopies, storedMs, rows };
  finishProof(name, { ...figures, headline: results.headline() }, results.failures);
}

interface Played {
  readonly results: Results;
  readonly seconds: number;
  readonly seeds: readonly [first: number, last: number];
  /** The machine allows nothing of it. */
  readonly isSkipped: boolean;
}

async function playSeeds(
  { seed, count = 1, minutes, isQuick }: ProofOptions,
  only: string | undefined,
  broken?: string,
): Promise<Played> {
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1_000);
  const change = broken === undefined ? undefined : breaks[broken];
  const script = await tortureScript(change);
  const results = new Results();
  const all = isQuick ? quickScenarios : scenarios;
  const chosen = all.filter((scenario) => only === undefined || scenario.name === only);
  const playable = chosen.filter((scenario) => mayPlay(scenario, results));
  for (const scenario of playable) results.expect(scenario);
  let next = seed;
  do {
    await playAll(playable, next++, script, results);
  } while (minutes === undefined ? next - seed < count : seconds() < minutes * 60);
  results.finish(only === undefined && !isQuick);
  const isSkipped = playable.length === 0;
  return { results, seconds: seconds(), seeds: [seed, next - 1], isSkipped };
}

function mayPlay({ name: scenario, isAllowed }: Scenario, results: Results): boolean {
  if (isAllowed === undefined || isAllowed()) return true;
  if (process.env.CI === 'true') results.fail(`CI=true: ${scenario} may not be skipped`);
  return false;
}

/** Puts one fault after the other into the SDK; each must be found by what it says. */
async function findBreaks(options: ProofOptions): Promise<void> {
  const failures: string[] = [];
  for (const [broken, { scenario, failure }] of Object.entries(breaks)) {
    console.log(`${broken}:`);
    const { results, isSkipped } = await playSeeds(options, scenario, broken);
    const isFound = results.failures.some((text) => failure.test(text));
    if (!isFound && !isSkipped) failures.push(`not found: ${broken}`);
    console.log(`  ${isFound ? `found by ${scenario}` : 'NOT FOUND'}`);
  }
  finishProof(name, { breaks: Object.keys(breaks).length }, failures);
}
