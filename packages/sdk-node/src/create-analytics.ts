import { NodeAnalytics } from './node-analytics.js';
import type { AnalyticsOptions } from './options.js';
import { systemClock } from './system-clock.js';
import { systemRandom } from './system-random.js';
import type { AnyEvents, EventMap } from './typed-events.js';

/**
 * Creates a client. What it stores is delivered, by this process or the next one.
 *
 * @example
 * ```ts
 * const analytics = createAnalytics({ writeKey: 'dev', endpoint: 'http://127.0.0.1:8080' });
 * analytics.track({ userId: 'ada', event: 'Order Completed', properties: { total: 42 } });
 * await analytics.flush();
 * ```
 */
export function createAnalytics<Events extends EventMap<Events> = AnyEvents>(
  options: AnalyticsOptions,
): NodeAnalytics<Events> {
  return new NodeAnalytics(options, { clock: systemClock, random: systemRandom });
}
