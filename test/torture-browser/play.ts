import { Game } from './game.js';
import type { Results } from './results.js';
import type { Scenario } from './scenario.js';

/** Far more than any scenario takes on a busy machine. */
const maxPlayMs = 240_000;

/** Plays scenarios, two at a time: they wait more than they work. */
export async function playAll(
  scenarios: readonly Scenario[],
  seed: number,
  script: string,
  results: Results,
): Promise<void> {
  const left = [...scenarios];
  const lane = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      await play(next, seed, script, results);
    }
  };
  await Promise.all([lane(), lane()]);
}

/** Plays one, whatever comes of it, and judges what became of its events. */
async function play(
  scenario: Scenario,
  seed: number,
  script: string,
  results: Results,
): Promise<void> {
  const startedMs = performance.now();
  const game = new Game(scenario, seed, script, results);
  try {
    await inTime(scenario.play(game));
    await game.judge();
  } catch (error) {
    game.fail(`${scenario.name} broke off: ${(error as Error).stack}`);
  } finally {
    await game.end();
  }
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  console.log(`  ${scenario.name}, seed ${seed}: ${game.runs} runs, ${seconds} s`);
}

async function inTime(playing: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${maxPlayMs} ms`)), maxPlayMs);
  });
  try {
    await Promise.race([playing, late]);
  } finally {
    clearTimeout(timer);
    // What is given up ends by itself when its browser is taken away.
    playing.catch(() => undefined);
  }
}
