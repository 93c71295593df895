/**
 * A million events through the query tier and the archive of the all-in-one: prints what it costs.
 * Run: `npm run build && node --import tsx bench/archive-million.ts [events]`.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@holdfast/server-core/system-clock';
import { nodeDisk } from '../packages/server-core/src/disk/node-disk.js';
import { Archiver } from '../packages/storage/src/archive/archiver.js';
import { DuckdbConverter } from '../packages/storage/src/duckdb/duckdb-converter.js';
import { archivedEvents } from '../packages/storage/src/duckdb/event-table.js';
import { QueryStore } from '../packages/storage/src/duckdb/query-store.js';
import { latestEventsJson } from '../packages/storage/src/query/latest-events.js';
import { ledger } from '../packages/storage/src/query/ledger.js';
import { series } from '../packages/storage/src/query/series.js';
import { top } from '../packages/storage/src/query/top.js';
import { acceptedEvent, SegmentFolder } from '../packages/storage/test/support/segment-folder.js';

const eventCount = Number(process.argv[2] ?? 1_000_000);
const segmentEvents = 15_000;
const dayMs = 86_400_000;
const firstMs = Date.UTC(2026, 10, 1);
const names = ['Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed'];

const folder = mkdtempSync(join(tmpdir(), 'holdfast-million-'));
let peakBytes = 0;

/** Seven days of events, one queue for each 5,000 of them. */
function event(n: number) {
  const timestampMs = firstMs + Math.floor((n / eventCount) * 7 * dayMs);
  const hex = timestampMs.toString(16).padStart(12, '0');
  const tail = n.toString(16).padStart(12, '0');
  return acceptedEvent(
    {
      eventId: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${tail}`,
      timestamp: new Date(timestampMs).toISOString(),
      event: names[n % 7 < 4 ? 0 : (n % 7) - 3]!,
      anonymousId: `visitor-${n % 50_000}`,
      queue: { id: `queue-${Math.floor(n / 5_000)}`, seq: (n % 5_000) + 1 },
      properties: {
        total: n % 977,
        currency: 'EUR',
        items: [{ sku: `s-${n % 331}`, quantity: 1 }],
      },
      context: { page: { path: `/product/${n % 331}`, title: 'A product' }, locale: 'en-GB' },
    },
    { receivedAtMs: timestampMs + 900 },
  );
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
  const cpuS = ((user + system) / 1e6).toFixed(2);
  console.log(
    `${what.padEnd(34)} ${((performance.now() - startedMs) / 1_000).toFixed(2)} s, ${cpuS} CPU-s`,
  );
}

async function queries(store: QueryStore, when: string): Promise<void> {
  const fromMs = firstMs + 3 * dayMs;
  const oneDay = { intervalMs: 3_600_000, fromMs, toMs: fromMs + dayMs };
  await timed(`${when}: top by event`, () =>
    store.read((query) => top(query, { by: 'event', limit: 10 })),
  );
  await timed(`${when}: one day by the hour`, () =>
    store.read((query) => series(query, { event: names[0], ...oneDay })),
  );
  await timed(`${when}: latest 20`, () =>
    store.read((query) => latestEventsJson(query, { limit: 20 })),
  );
  await timed(`${when}: ledger of all queues`, () => store.read((query) => ledger(query, {})));
  await timed(`${when}: ledger of one queue`, () =>
    store.read((query) => ledger(query, { queueIds: ['queue-7'] })),
  );
}

function bytesBelow(path: string): number {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(path, name)))
    .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
}

try {
  const segments = new SegmentFolder(join(folder, 'segments'));
  const deadLetters = new SegmentFolder(join(folder, 'dead-letters'));
  for (let first = 0; first < eventCount; first += segmentEvents) {
    const count = Math.min(segmentEvents, eventCount - first);
    segments.write(...Array.from({ length: count }, (_, n) => event(first + n)));
    segments.seal();
  }
  const segmentBytes = bytesBelow(segments.path);
  const store = await QueryStore.open({
    events: segments,
    deadLetters,
    spillFolder: join(folder, 'spill'),
    clock: systemClock,
  });
  const archiver = new Archiver({
    folder: join(folder, 'archive'),
    segments,
    converter: new DuckdbConverter(store, store.events, archivedEvents),
    disk: nodeDisk,
    newId: randomUUID,
    onDamaged: () => undefined,
  });
  await archiver.recover();
  await timed(`read ${eventCount} events of segments`, () => store.refresh());
  await queries(store, 'segments');
  await timed('archive', async () => {
    while ((await archiver.archiveSealed()) > 0);
  });
  await queries(store, 'archive');
  segments.write(...Array.from({ length: segmentEvents }, (_, n) => event(eventCount - 1 - n)));
  await store.refresh();
  await queries(store, 'archive and an open segment');
  const archiveBytes = bytesBelow(join(folder, 'archive'));
  console.log(
    `segments ${(segmentBytes / 1e6).toFixed(0)} MB, archive ${(archiveBytes / 1e6).toFixed(0)} MB`,
  );
  console.log(`peak resident memory ${(peakBytes / 1e6).toFixed(0)} MB (sampled between steps)`);
  await store.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
