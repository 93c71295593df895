/** The storage itself gets in the way: no room, or other code that has the database open. */
import type { CDPSession } from 'playwright-core';
import { until } from '../../../packages/sdk-browser/test/support/until.js';
import type { Arena } from '../arena.js';
import { openVersion } from '../foreign-database.js';
import type { Game } from '../game.js';
import type { RunRecord } from '../run-record.js';
import type { Scenario } from '../scenario.js';
import type { Tab } from '../tab.js';

const full = 'quota exceeded, then room';
const fullKill = 'quota exceeded, then SIGKILL';
const newer = 'newer version opened';
const blocked = 'open blocked by another version';

export const storageTrouble: Scenario = {
  name: 'storage-trouble',
  rounds: 1,
  faults: [full, fullKill, newer, blocked],
  async play(game) {
    const arena = await game.openArena();
    for (let round = 0; round < game.rounds; round++) {
      for (const play of [findRoom, killWhileFull, openNewer, waitForOther]) {
        await arena.newOrigin();
        await play(game, arena);
        for (const page of arena.context.pages().slice(1)) await page.close();
      }
    }
  },
};

async function findRoom(game: Game, arena: Arena): Promise<void> {
  const { tab, run, devtools } = await overflow(game, arena, full);
  const { origin } = new URL(arena.pageUrl);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  await arena.witness.allStored(run);
  await arena.drain(tab);
}

/** What found no room ends with the browser; what had found it before must not. */
async function killWhileFull(game: Game, arena: Arena): Promise<void> {
  await overflow(game, arena, fullKill);
  await arena.chromium.kill();
  await arena.startBrowser();
  await arena.drain(await arena.openTab());
}

async function overflow(
  game: Game,
  arena: Arena,
  row: string,
): Promise<{ tab: Tab; run: RunRecord; devtools: CDPSession }> {
  const run = game.begin(arena, row);
  const devtools = await arena.context.newCDPSession(await arena.context.newPage());
  const { origin } = new URL(arena.pageUrl);
  // Before the database is first opened: Chromium remembers for a while how much room there is.
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 200_000 });
  arena.proxy.fault = 'cut';
  const tab = await arena.openTab();
  await tab.store(run, game.whole(1, 20));
  const refused = arena.witness.next(
    (said) => said.kind === 'error' && said.code === 'storage_full',
  );
  await tab.track(run, 20, 20_000);
  await refused;
  game.fired(row);
  return { tab, run, devtools };
}

/** Newer code wants to change the database: ours makes way, and goes on with what it finds. */
async function openNewer(game: Game, arena: Arena): Promise<void> {
  const run = game.begin(arena, newer);
  arena.proxy.fault = 'cut';
  const tab = await arena.openTab();
  await tab.store(run, game.whole(1, 50));
  const outcome = await openVersion(arena, 2);
  game.fired(newer);
  if (outcome.wasBlocked) {
    game.fail('the SDK does not make way for a newer version');
    return;
  }
  const next = await arena.openTab();
  await tab.track(run, game.whole(1, 50));
  await next.store(run, game.whole(1, 50));
  await arena.drain(tab, next);
}

/** Code that does not make way holds up code that is newer, and so everybody else. */
async function waitForOther(game: Game, arena: Arena): Promise<void> {
  const run = game.begin(arena, blocked);
  const tab = await arena.openTab();
  await tab.store(run, game.whole(1, 50));
  const holder = await openVersion(arena, 1);
  const waiting = await openVersion(arena, 2);
  const next = await arena.openTab();
  await deliverFromMemory(arena, [tab, next], run);
  if (waiting.wasBlocked && !(await waiting.isOpen())) game.fired(blocked);

  // What still waits in memory when the other lets go moves to the database.
  arena.proxy.fault = 'cut';
  await tab.track(run, game.whole(1, 50));
  await next.track(run, game.whole(1, 50));
  await holder.page.close();
  await arena.witness.allStored(run);
  await arena.drain(tab, next);
}

async function deliverFromMemory(
  arena: Arena,
  tabs: readonly Tab[],
  run: RunRecord,
): Promise<void> {
  const isUnavailable = () =>
    arena.witness.errors.filter((code) => code === 'storage_unavailable').length >= tabs.length;
  for (const tab of tabs) await tab.track(run, 10);
  await until('every tab says that it has no storage', isUnavailable);
  for (const tab of tabs) {
    await until('memory is delivered', async () => {
      const report = await tab.page.evaluate(() => torture.flush(1_000));
      return report.pending === 0;
    });
  }
}
