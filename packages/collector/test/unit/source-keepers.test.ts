import { ConfigKeeper } from '../../src/sources/config-keeper.js';
import { describeSourceKeeper } from '../../src/sources/source-keeper.contract.js';
import { FakeKeeper } from '../support/fake-keeper.js';

describeSourceKeeper('ConfigKeeper', async () => {
  const keeper = new ConfigKeeper([]);
  return {
    keeper,
    keep: async (sources) => keeper.replace(sources),
    dispose: async () => undefined,
  };
});

describeSourceKeeper('FakeKeeper', async () => {
  const keeper = new FakeKeeper();
  return {
    keeper,
    keep: async (sources) => {
      keeper.records = sources;
    },
    takeAway: async () => {
      keeper.state = 'away';
    },
    dispose: async () => undefined,
  };
});
