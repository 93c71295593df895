/**
 * An app that tracks one payment with a card number in it. Its options come as JSON in the first
 * argument; with `redact` as the second it hides the number. Prints what became of the event.
 */
import { type AnalyticsOptions, createAnalytics } from '../../src/index.js';

const [optionsJson = '{}', mode = ''] = process.argv.slice(2);
// Put together only here, so that it stands in no argument and no source.
const card = Array.from({ length: 16 }, (_, i) => (i === 0 ? 4 : 1)).join('');
const options = JSON.parse(optionsJson) as AnalyticsOptions;
const analytics = createAnalytics({
  ...options,
  ...(mode === 'redact' && {
    beforeStore: (event) => ({ ...event, properties: { ...event.properties, card: 'hidden' } }),
  }),
});

analytics.track({ userId: 'u', event: 'Paid', properties: { card } });
await analytics.stored();
console.log('stored');
console.log(JSON.stringify(await analytics.flush({ timeoutMs: 1_500 })));
await analytics.shutdown({ timeoutMs: 100 });
