/** Two tabs and an outage; the one that sends dies in the middle of its flush. */
import { isHolder } from '../../../packages/sdk-browser/test/support/is-holder.js';
import { until } from '../../../packages/sdk-browser/test/support/until.js';
import type { Arena } from '../arena.js';
import type { Game } from '../game.js';
import { killRenderer, rendererPid } from '../renderer.js';
import type { Scenario } from '../scenario.js';
import type { Tab } from '../tab.js';

const killed = 'lock holder killed mid-flush';

export const lockHolder: Scenario = {
  name: 'lock-holder',
  rounds: 4,
  faults: [killed],
  async play(game) {
    const arena = await game.openArena();
    for (let round = 0; round < game.rounds; round++) {
      await arena.newOrigin();
      await killHolder(game, arena, round % 2 === 0);
    }
  },
};

async function killHolder(game: Game, arena: Arena, hasForgetfulCollector: boolean): Promise<void> {
  const run = game.begin(arena, killed);
  const { proxy, collector } = arena;
  proxy.fault = 'cut';
  const tabs = [await arena.openTab(), await arena.openTab()];
  for (const tab of tabs) await tab.store(run, game.whole(50, 300));
  const [holder, heir] = await holderAndHeir(tabs);
  // One that is visible keeps the lock.
  await holder.page.bringToFront();
  const pid = await rendererPid(arena.context, holder.page);

  const before = proxy.requests.length;
  proxy.fault = game.one(['hold-answer', 'lose-answer', 'hang'] as const);
  const flushing = holder.pending().catch(() => undefined);
  await until('a request is under way', () => proxy.requests.length > before);
  // From now on all is well, but for what is under way.
  proxy.fault = undefined;
  await killRenderer(holder.page, pid);
  game.fired(killed);
  await flushing;
  await holder.page.close();
  // Then its copies are stored a second time, and only the storage tier can tell.
  if (hasForgetfulCollector) await collector.restart();
  await arena.drain(heir);
  await heir.page.close();
}

/** A hidden tab may just be leaving the lock to the visible one: then neither says that it has it. */
async function holderAndHeir(tabs: readonly Tab[]): Promise<[Tab, Tab]> {
  let found: Tab | undefined;
  await until('one of the tabs holds the lock', async () => {
    for (const tab of tabs) if (await isHolder(tab.page)) found = tab;
    return found !== undefined;
  });
  return [found!, tabs.find((tab) => tab !== found)!];
}
