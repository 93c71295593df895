import { describeEventStore } from '../../../sdk-core/test/contract/event-store-contract.js';
import { StoreFolder } from '../support/store-folder.js';

for (const durability of ['process', 'power'] as const) {
  describeEventStore(`FileEventStore (${durability})`, async () => {
    const folder = new StoreFolder();
    return {
      store: folder.open({ durability }),
      reopen: () => folder.openAdopting({ durability }),
      dispose: () => folder.dispose(),
    };
  });
}
