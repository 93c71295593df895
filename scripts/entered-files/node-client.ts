import { createAnalytics } from '@holdfast/sdk-node';
import { type AllInOne, writeKey } from './all-in-one.js';
import type { Client } from './journey.js';

/** The Node SDK in this process, with a queue on disk. */
export function createNodeClient({ url }: AllInOne, queueDir: string): Client {
  const analytics = createAnalytics({ writeKey, endpoint: url, queueDir });
  return {
    track: async (event) => {
      analytics.track({ userId: 'ada', event });
      await analytics.flush();
    },
    close: async () => void (await analytics.shutdown()),
  };
}
