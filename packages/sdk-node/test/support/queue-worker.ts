/**
 * A process of its own on a queue folder, for tests that kill it: `produce PREFIX` appends events
 * and prints the ids of each append once it is stored; `adopt` takes over dead owners' folders
 * again and again; `drain` takes over all there is and prints the id of each event it leases.
 */
import { randomUUID } from 'node:crypto';
import { FileEventStore } from '../../src/queue/file-event-store.js';
import { systemClock } from '../../src/system-clock.js';
import { systemRandom } from '../../src/system-random.js';

const [rootPath = '', job = '', prefix = ''] = process.argv.slice(2);
const store = new FileEventStore({
  rootPath,
  queueId: randomUUID(),
  durability: 'process',
  clock: systemClock,
  random: systemRandom,
  segmentBytes: 20_000,
  tailBytes: 5_000,
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function produce(): Promise<void> {
  for (let seq = 1; seq < 1_000_000; seq += 20) {
    const records = Array.from({ length: 20 }, (_, n) => {
      const eventId = `${prefix}-${seq + n}`;
      const json = JSON.stringify({ eventId, text: 'x'.repeat(seq % 200) });
      const priority = n % 5 === 0 ? 'critical' : 'normal';
      return { eventId, json, priority, seq: seq + n, ...rest, sizeBytes: json.length } as const;
    });
    await store.append(records);
    process.stdout.write(`${records.map(({ eventId }) => eventId).join(' ')}\n`);
    await turn();
  }
}
const rest = { queueId: '', serverTimeMs: null };

async function adopt(): Promise<void> {
  process.stdout.write('ready\n');
  for (;;) {
    await store.adopt();
    await turn();
  }
}

async function drain(): Promise<void> {
  await store.adopt();
  for (const priority of ['critical', 'normal'] as const) {
    for (;;) {
      const leased = await store.lease({ priority, maxEvents: 500, maxBytes: 1_000_000 });
      if (leased.length === 0) break;
      process.stdout.write(`${leased.map(({ eventId }) => eventId).join(' ')}\n`);
      await store.settle(leased.map((record) => ({ record, ending: { kind: 'delivered' } })));
    }
  }
  await store.close();
}

const jobs: Record<string, () => Promise<void>> = { produce, adopt, drain };
await jobs[job]!();
