import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { Emitter } from '../../src/emitter.js';
import { LayeredStore } from '../../src/layered-store.js';
import { MemoryEventStore } from '../../src/memory-event-store.js';
import { describeEventStore } from '../contract/event-store-contract.js';
import { VirtualClock } from '../support/virtual-clock.js';

const dispose = () => Promise.resolve();

function layered(durable: MemoryEventStore | undefined): LayeredStore {
  const clock = new VirtualClock();
  return new LayeredStore({
    storage: durable,
    clock,
    random: new SeededRandom(1),
    emitter: new Emitter(),
    onLost: () => {},
  });
}

describeEventStore('MemoryEventStore', async () => ({ store: new MemoryEventStore(), dispose }));

describeEventStore('LayeredStore over a storage', async () => ({
  store: layered(new MemoryEventStore()),
  dispose,
}));

describeEventStore('LayeredStore without a storage', async () => ({
  store: layered(undefined),
  dispose,
}));
