import { IndexedDbEventStore } from '../../packages/sdk-browser/src/queue/indexed-db-event-store.js';
import { describeEventStore } from '../../packages/sdk-core/test/contract/event-store-contract.js';
import type { VirtualClock } from '../../packages/sdk-core/test/support/virtual-clock.js';
import { FaultCounts } from '../simulation/fault-kinds.js';
import { HastyClock } from '../simulation/models/hasty-clock.js';
import { Life, ProcessClock } from '../simulation/models/life.js';
import { OriginDatabase, offerDatabase } from '../simulation/models/model-indexed-db.js';
import { SeededRandom } from '../support/seeded-random.js';

// The browser's own queue over the model: what the model does differently from IndexedDB shows here.
let tabs = 0;

describeEventStore('the queue over the model of IndexedDB', async () => {
  const clock = new HastyClock();
  const database = new OriginDatabase(clock, new SeededRandom(1), new FaultCounts());
  const open = () => openTab(clock, database);
  const store = open();
  return { store, reopen: async () => recounted(open()), dispose: async () => undefined };
});

function openTab(clock: VirtualClock, database: OriginDatabase): IndexedDbEventStore {
  const name = `tab-${++tabs}`;
  const life = new Life(name);
  offerDatabase(name, database, life);
  const random = new SeededRandom(tabs);
  const durability = 'process';
  return new IndexedDbEventStore({
    name,
    durability,
    clock: new ProcessClock(clock, life),
    random,
  });
}

async function recounted(store: IndexedDbEventStore): Promise<IndexedDbEventStore> {
  await store.recount();
  return store;
}
