// The app: tracks orders while no collector runs, says when they are stored, then hangs until it
// is killed. Started again, it delivers what its killed predecessor left behind.
import { createAnalytics } from '@holdfast/sdk-node';

const [endpoint, queueDir, count] = process.argv.slice(2);
const analytics = createAnalytics({ writeKey: 'dev', endpoint, queueDir });

for (let order = 1; order <= Number(count); order++) {
  analytics.track({
    userId: `user-${order % 10}`,
    event: 'Order Completed',
    properties: { order },
  });
}
if (Number(count) > 0) {
  await analytics.stored();
  console.log('stored');
  setInterval(() => {}, 1_000);
} else {
  setInterval(() => {}, 1_000);
  process.on('SIGTERM', async () => {
    await analytics.shutdown();
    process.exit();
  });
}
