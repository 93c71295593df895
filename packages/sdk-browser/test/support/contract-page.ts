/** What the contract's page runs: the suite of sdk-core on the real IndexedDB. */
import { describeEventStore } from '../../../sdk-core/test/contract/event-store-contract.js';
import { browserClock } from '../../src/browser-clock.js';
import { browserRandom } from '../../src/browser-random.js';
import { IndexedDbEventStore } from '../../src/queue/indexed-db-event-store.js';
import { runAll } from './page-runner.js';

let count = 0;

for (const durability of ['process', 'power'] as const) {
  describeEventStore(`IndexedDbEventStore (${durability})`, async () => {
    const name = `contract-${count++}`;
    const parts = { name, durability, clock: browserClock, random: browserRandom };
    const opened = async () => {
      const store = new IndexedDbEventStore(parts);
      await store.recount();
      return store;
    };
    const store = await opened();
    const reopened: IndexedDbEventStore[] = [];
    return {
      store,
      reopen: async () => {
        const next = await opened();
        reopened.push(next);
        return next;
      },
      dispose: async () => {
        await Promise.all([store, ...reopened].map((each) => each.close()));
        indexedDB.deleteDatabase(name);
      },
    };
  });
}

Object.assign(globalThis, { runContract: runAll });
