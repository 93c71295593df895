/** A tab that goes, in each way that a tab can go; the next tab of its origin delivers. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../../../packages/sdk-browser/test/support/fault-proxy.js';
import type { Arena } from '../arena.js';
import type { Game } from '../game.js';
import { killRenderer, rendererPid } from '../renderer.js';
import type { RunRecord } from '../run-record.js';
import type { Scenario } from '../scenario.js';
import type { Tab } from '../tab.js';

/** How a tab goes while its events are on their way. */
type Exit = (tab: Tab, run: RunRecord, game: Game, arena: Arena) => Promise<void>;

const exits: Readonly<Record<string, Exit>> = {
  async 'crash of a tab'(tab, run, game) {
    await trackAndWait(tab, run, game);
    const crashed = tab.page.waitForEvent('crash');
    // Whoever crashes does not answer.
    tab.devtools.send('Page.crash').catch(() => undefined);
    await crashed;
  },
  async 'SIGKILL of a tab'(tab, run, game, arena) {
    const pid = await rendererPid(arena.context, tab.page);
    await trackAndWait(tab, run, game);
    await killRenderer(tab.page, pid);
  },
  'tab closed': trackAndWait,
  async 'navigation away'(tab, run, game) {
    await tab.store(run, 1);
    await leaveInTask(tab, run, game);
  },
  'navigation away, page just opened': leaveInTask,
};

export const leavingTab: Scenario = {
  name: 'leaving-tab',
  rounds: 3,
  faults: Object.keys(exits),
  async play(game) {
    const arena = await game.openArena();
    for (let round = 0; round < game.rounds; round++) {
      for (const [name, exit] of Object.entries(exits)) {
        await arena.newOrigin();
        const run = game.begin(arena, name);
        arena.proxy.fault = game.one<Fault | undefined>([undefined, 'cut', 'hang', 'lose-answer']);
        const tab = await arena.openTab();
        await exit(tab, run, game, arena);
        await tab.page.close();
        game.fired(name);
        arena.heal();
        const next = await arena.openTab();
        await arena.drain(next);
        await next.page.close();
      }
    }
  },
};

/** Tracks and leaves in one task. */
async function leaveInTask({ page }: Tab, run: RunRecord, game: Game): Promise<void> {
  const burst = { run: run.id, count: game.one([1, 20, 200]), padBytes: 200 };
  const left = page.waitForURL('about:blank');
  await page.evaluate((burst) => torture.burstAndLeave(burst, 'about:blank'), burst);
  await left;
}

/** Tracks, and waits so little that the last transaction may be under way. */
async function trackAndWait(tab: Tab, run: RunRecord, game: Game): Promise<void> {
  await tab.store(run, game.whole(1, 50));
  await tab.track(run, game.one([1, 20, 200]));
  await pause(game.whole(0, 30));
}
