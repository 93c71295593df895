/** A page that stands still while it sends: frozen, or kept for the back button. */
import { isHolder } from '../../../packages/sdk-browser/test/support/is-holder.js';
import { until } from '../../../packages/sdk-browser/test/support/until.js';
import type { Arena } from '../arena.js';
import type { Game } from '../game.js';
import type { Scenario } from '../scenario.js';

const frozen = 'frozen, then awake';
const discarded = 'frozen, then closed';
const kept = 'back/forward cache';

export const standingStill: Scenario = {
  name: 'standing-still',
  rounds: 2,
  faults: [frozen, discarded, kept],
  async play(game) {
    const arena = await game.openArena();
    for (let round = 0; round < game.rounds; round++) {
      await arena.newOrigin();
      await freeze(game, arena, true);
      await arena.newOrigin();
      await freeze(game, arena, false);
      await arena.newOrigin();
      await goBack(game, arena);
    }
  },
};

/** The holder of the lock is frozen with a request under way; the other tab has more to send. */
async function freeze(game: Game, arena: Arena, wakes: boolean): Promise<void> {
  const name = wakes ? frozen : discarded;
  const run = game.begin(arena, name);
  const [first, second] = [await arena.openTab(), await arena.openTab()];
  await first.page.bringToFront();
  await first.track(run, 1);
  await until('the visible tab holds the lock', () => isHolder(first.page));
  arena.proxy.fault = game.one(['hold-answer', 'lose-answer', 'hang'] as const);
  const before = arena.proxy.requests.length;
  await first.track(run, game.whole(20, 200));
  await until('a request is under way', () => arena.proxy.requests.length > before);
  await first.track(run, game.whole(1, 100));
  arena.proxy.fault = undefined;
  // Only a hidden tab can be frozen.
  await second.page.bringToFront();
  await first.devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  await until('it is frozen', () => second.page.evaluate(() => torture.hasFrozenTab));
  game.fired(name);
  await second.track(run, game.whole(1, 100));
  await arena.drain(second);
  if (!wakes) {
    await first.page.close();
    await second.page.close();
    return;
  }
  await first.devtools.send('Page.setWebLifecycleState', { state: 'active' });
  await first.track(run, game.whole(1, 50));
  await arena.drain(first, second);
  await first.page.close();
  await second.page.close();
}

async function goBack(game: Game, arena: Arena): Promise<void> {
  const run = game.begin(arena, kept);
  const tab = await arena.openTab();
  arena.proxy.fault = game.one([undefined, 'hold-answer', 'lose-answer'] as const);
  await tab.store(run, game.whole(1, 100));
  await tab.track(run, game.whole(1, 100));
  await tab.page.goto(`${arena.pageUrl}elsewhere`);
  arena.heal();
  const back = arena.witness.next((said) => said.kind === 'lifecycle' && said.name === 'restored');
  await tab.page.goBack({ waitUntil: 'commit' });
  await back;
  game.fired(kept);
  await tab.track(run, game.whole(1, 100));
  await arena.drain(tab);
  await tab.page.close();
}
