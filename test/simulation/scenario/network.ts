/** Weather between clients and collectors. */
import type { NetworkFault } from '../models/model-network.js';
import type { Timetable } from './timetable.js';

const networkFaults: readonly NetworkFault[] = [
  'requestLost',
  'responseLost',
  'connectionReset',
  'duplicateDelivery',
  'lateDelivery',
  'commitThenTimeout',
  'truncatedAnswer',
  'foreignAnswer',
  'foreignWaitOrder',
  'foreignWaitBare',
  'staleAck',
  'batchRefused',
];

export function scheduleNetwork(when: Timetable): void {
  const { plan, weather } = when.world;
  if (plan.focus === 'calm') return;
  const windows = plan.focus === 'network' ? when.whole(4, 9) : when.whole(0, 3);
  for (let n = 0; n < windows; n++) {
    const fault = when.pick(networkFaults);
    const startMs = when.between(0, when.endMs);
    const endMs = startMs + when.between(10_000, 240_000);
    const share = when.between(0.2, 1);
    const endpoint = when.chance(0.3) ? plan.endpoints[0] : undefined;
    weather.push({ fault, share, startMs, endMs, endpoint });
  }
  // What is not sent yet is what a crash can lose.
  if (['power', 'kill', 'lease'].includes(plan.focus) && when.chance(0.7)) {
    const startMs = when.between(0, when.endMs / 2);
    const endMs = startMs + when.between(0.3, 0.9) * when.endMs;
    weather.unshift({ fault: 'requestLost', share: 1, startMs, endMs, endpoint: undefined });
  }
  if (plan.focus !== 'failover') return;
  const startMs = when.between(0, when.endMs / 2);
  const endMs = startMs + when.between(60_000, 600_000);
  const fault = when.pick(['requestLost', 'foreignAnswer', 'foreignWaitOrder'] as const);
  weather.push({ fault, share: 1, startMs, endMs, endpoint: plan.endpoints[0] });
}
