/**
 * SIGKILL in the middle of a write of the browser's own: half a record at the end of the log that
 * it keeps of IndexedDB. By itself Chromium would delete the whole queue at the next start but one.
 */
import { existsSync } from 'node:fs';
import { logPath, tearLog } from '../../../packages/sdk-browser/test/support/torn-log.js';
import { until } from '../../../packages/sdk-browser/test/support/until.js';
import type { Arena } from '../arena.js';
import type { Game } from '../game.js';
import type { Scenario } from '../scenario.js';

const torn = 'SIGKILL that tears the browser’s log';

export const tornLog: Scenario = {
  name: 'torn-log',
  rounds: 3,
  faults: [torn],
  async play(game) {
    const arena = await game.openArena();
    arena.proxy.fault = 'cut';
    for (let round = 0; round < game.rounds; round++) await killAndTear(game, arena);
    await arena.drain(await arena.openTab());
  },
};

async function killAndTear(game: Game, arena: Arena): Promise<void> {
  const run = game.begin(arena, torn);
  const { profile } = arena.chromium;
  await (await arena.openTab()).store(run, game.whole(1, 100));
  await arena.chromium.kill();
  tearLog(profile);
  const tornPath = logPath(profile);
  game.fired(torn);
  await arena.startBrowser();
  const tab = await arena.openTab();
  await until('the browser has put away its torn log', () => !existsSync(tornPath)).catch(() =>
    game.fail('the browser writes on behind what was torn'),
  );
  await tab.store(run, game.whole(1, 100));
  await arena.chromium.kill();
  await arena.startBrowser();
}
