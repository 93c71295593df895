import { BrowserAnalytics } from './browser-analytics.js';
import { browserClock } from './browser-clock.js';
import { browserRandom } from './browser-random.js';
import type { AnalyticsOptions } from './options.js';
import { pageLifecycle } from './page-lifecycle.js';
import type { AnyEvents, EventMap } from './typed-events.js';

/**
 * Creates a client. What it stores is delivered, by this page or the next one.
 *
 * @example
 * ```ts
 * const analytics = createAnalytics({ writeKey: 'dev', endpoint: 'http://127.0.0.1:8080' });
 * analytics.track('Order Completed', { total: 42 });
 * ```
 */
export function createAnalytics<Events extends EventMap<Events> = AnyEvents>(
  options: AnalyticsOptions,
): BrowserAnalytics<Events> {
  return BrowserAnalytics.open(options, {
    clock: browserClock,
    random: browserRandom,
    lifecycle: pageLifecycle,
  });
}
