/**
 * SIGKILL to the whole browser, so long after the test has heard of track(). All rounds play on one
 * profile, so that each start finds what the kill before it left behind.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../../../packages/sdk-browser/test/support/fault-proxy.js';
import type { Arena } from '../arena.js';
import type { Game } from '../game.js';
import type { RunRecord } from '../run-record.js';
import type { Scenario } from '../scenario.js';

const delaysMs = [0, 20, 100, 1_000] as const;
const burstSizes = [1, 100] as const;
const kill = 'SIGKILL of the browser';
const insideTask = 'SIGKILL inside the task (control)';

/** What the collector does meanwhile; undefined: it answers. */
const networks: readonly (Fault | undefined)[] = [
  undefined,
  'cut',
  'lose-answer',
  'hold-answer',
  'hang',
];

export const browserKill: Scenario = {
  name: 'browser-kill',
  rounds: 3,
  faults: [kill],
  controls: { [insideTask]: 'unstored' },
  async play(game) {
    const arena = await game.openArena();
    for (let round = 0; round < game.rounds; round++) {
      for (const delayMs of game.shuffled(delaysMs)) {
        for (const count of burstSizes) await killAfter(game, arena, delayMs, count);
      }
    }
    await killInsideTask(game, arena);
    await arena.drain(await arena.openTab());
  },
};

async function killAfter(game: Game, arena: Arena, delayMs: number, count: number): Promise<void> {
  const what = count === 1 ? '1 event' : `${count} events`;
  const run = game.begin(arena, `SIGKILL ${delayMs} ms after track(), ${what}`);
  arena.proxy.fault = game.one(networks);
  const tab = await arena.openTab();
  // The database is open.
  await tab.store(run, 1);
  const heard = nextAccepted(arena, run);
  // The browser ends before it can answer.
  tab.track(run, count, game.one([50, 200, 1_000])).catch(() => undefined);
  await heard;
  if (delayMs > 0) await pause(delayMs);
  await end(game, arena);
  if (game.random.fraction() < 0.3) await arena.collector.restart();
}

/** Nothing has left the page yet: that loses all, or the witness could not see a loss. */
async function killInsideTask(game: Game, arena: Arena): Promise<void> {
  const run = game.begin(arena, insideTask);
  const tab = await arena.openTab();
  const heard = nextAccepted(arena, run);
  const burst = { run: run.id, count: 10, padBytes: 50 };
  tab.page.evaluate((burst) => torture.burstAndSpin(burst, 60_000), burst).catch(() => undefined);
  await heard;
  await end(game, arena);
}

function nextAccepted(arena: Arena, run: RunRecord): Promise<unknown> {
  return arena.witness.next((said) => said.kind === 'accepted' && said.run === run.id);
}

async function end(game: Game, arena: Arena): Promise<void> {
  await arena.chromium.kill();
  game.fired(kill);
  arena.proxy.letGo();
  await arena.startBrowser();
}
