/** The collector is not there for a while, or somebody else answers in its place. */
import type { Fault } from '../../../packages/sdk-browser/test/support/fault-proxy.js';
import type { Arena } from '../arena.js';
import type { Game } from '../game.js';
import type { Scenario } from '../scenario.js';

const reload = 'reload, collector down';
const waiting = '503 with Retry-After';
const portal = 'foreign answers';

/** A page may not even read an answer without this; with it, the SDK has to judge it. */
const readable = { 'access-control-allow-origin': '*' };
const html = { ...readable, 'content-type': 'text/html' };
const json = { ...readable, 'content-type': 'application/json' };
const foreignAnswers: readonly Fault[] = [
  { status: 200, headers: html, body: '<html>Please log in</html>' },
  { status: 200, headers: json, body: '{"accepted":1}' },
  { status: 200, body: '<html>Please log in</html>' },
  { status: 302, headers: { location: 'http://127.0.0.1:1/login' } },
  { status: 400, headers: html, body: '<html>Bad request</html>' },
  { status: 403, headers: html, body: '<html>Forbidden</html>' },
  { status: 404, headers: readable },
  { status: 413, headers: html, body: '<html>Too large</html>' },
  { status: 503, headers: html, body: '<html>Down</html>' },
  'cut',
];

export const outage: Scenario = {
  name: 'outage',
  rounds: 2,
  faults: [reload, waiting, portal],
  async play(game) {
    const arena = await game.openArena();
    for (let round = 0; round < game.rounds; round++) {
      for (const play of [reloadWhileDown, waitAsTold, passPortal]) {
        await arena.newOrigin();
        await play(game, arena);
        for (const page of arena.context.pages().slice(1)) await page.close();
      }
    }
  },
};

async function reloadWhileDown(game: Game, arena: Arena): Promise<void> {
  const run = game.begin(arena, reload);
  await arena.collector.stop();
  const tab = await arena.openTab();
  for (let i = 0; i < 3; i++) {
    await tab.store(run, game.whole(1, 100));
    await tab.track(run, game.whole(1, 100));
    await tab.reload();
    game.fired(reload);
  }
  await tab.track(run, game.whole(1, 100));
  await arena.collector.start();
  await arena.drain(tab);
}

/** Two tabs; one loads anew inside the Retry-After, and both would rather send at once. */
async function waitAsTold(game: Game, arena: Arena): Promise<void> {
  const run = game.begin(arena, waiting);
  const [first, second] = [await arena.openTab(), await arena.openTab()];
  const before = arena.proxy.requests.length;
  arena.collector.takeDown(3_000);
  for (let i = 0; i < 3; i++) {
    await first.track(run, game.whole(1, 50));
    await second.track(run, game.whole(1, 50));
    await second.pending();
  }
  await first.reload();
  await first.track(run, game.whole(1, 50));
  await arena.drain(first, second);
  const orders = arena.proxy.requests.slice(before);
  if (orders.some(({ answer }) => answer?.status === 503 && answer.retryAfter)) game.fired(waiting);
}

async function passPortal(game: Game, arena: Arena): Promise<void> {
  const run = game.begin(arena, portal);
  const tab = await arena.openTab();
  for (const fault of game.shuffled(foreignAnswers)) {
    arena.proxy.fault = fault;
    const before = arena.proxy.requests.length;
    await tab.track(run, game.whole(1, 30));
    await tab.pending();
    if (arena.proxy.requests.length > before) game.fired(portal);
  }
  await arena.drain(tab);
}
