/**
 * An app with a client, for runs that end it in the midst of its work. It testifies `begin`, then
 * `stored ID…` once stored() has resolved for these events, `acked ID…` once they were delivered,
 * `dropped REASON COUNT`, and `end` after a shutdown in good order.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { NodeAnalytics } from '../../../packages/sdk-node/src/node-analytics.js';
import { systemRandom } from '../../../packages/sdk-node/src/system-random.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { lapseClock } from './lapse-clock.js';
import { type AppTask, nowhere, writeKey } from './tasks.js';
import { liveNoLongerThanParent, testify } from './testify.js';

const task = JSON.parse(process.argv[2]!) as AppTask;
const random = new SeededRandom(task.seed);
const upTo = (most: number) => Math.floor(random.fraction() * (most + 1));

testify('begin');
liveNoLongerThanParent();
const analytics = new NodeAnalytics(
  {
    writeKey,
    endpoint: task.endpoint,
    queueDir: task.queueDir,
    durability: task.durability,
    flushIntervalMs: 200,
    maxBatchEvents: 20,
  },
  { clock: lapseClock(task.lapse), random: systemRandom },
);
analytics.on('error', ({ code, message }) => console.error(code, message));
analytics.on('dropped', ({ reason, count }) => testify('dropped', [reason, String(count)]));
analytics.on('delivered', ({ eventIds }) => testify('acked', eventIds));

/** Some events of one turn; most small, one in 16 of some pages. */
function trackSome(): string[] {
  return Array.from({ length: 1 + upTo(7) }, () => {
    const length = upTo(15) === 0 ? 9_000 : upTo(400);
    const priority = (['critical', 'low', 'normal', 'normal'] as const)[upTo(3)]!;
    const properties = { length, text: 'é'.repeat(length) };
    return analytics.track({ userId: `u-${upTo(9)}`, event: 'Tortured', priority, properties });
  });
}

async function track(): Promise<void> {
  for (let turn = 0; turn < task.turns; turn++) {
    const eventIds = trackSome();
    await analytics.stored();
    // Where no folder could be used, stored() promises no more than memory.
    if (analytics.durability === task.durability) testify('stored', eventIds);
    await pause(upTo(task.maxPauseMs));
  }
  await analytics.shutdown({ timeoutMs: task.endpoint === nowhere ? 1_000 : 40_000 });
  testify('end');
  process.exit(0);
}

if (task.turns > 0) await track();
else process.on('SIGTERM', () => void analytics.shutdown().then(() => process.exit(0)));
