import { createAnalytics } from '@holdfast/sdk-node';

const endpoint = process.env.HOLDFAST_ENDPOINT ?? 'http://127.0.0.1:8080';
const analytics = createAnalytics({ writeKey: 'dev', endpoint });

analytics.identify({ userId: 'ada', traits: { plan: 'pro' } });
analytics.track({ userId: 'ada', event: 'Order Completed', properties: { total: 42 } });

// { delivered: 2, rejected: 0, pending: 0, dropped: 0, adopted: 0 }
console.log(await analytics.flush());
await analytics.shutdown();
