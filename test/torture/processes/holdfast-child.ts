/**
 * The all-in-one server: collector, archive and queries. It testifies as the collector's child
 * does, and archives whatever is sealed.
 */
import { fileURLToPath } from 'node:url';
import { systemRandom } from '@holdfast/server-core/system-random';
import { HoldfastServer } from '../../../packages/holdfast/src/holdfast-server.js';
import { lapseClock } from './lapse-clock.js';
import { type CollectorTask, source, writeKey } from './tasks.js';
import { liveNoLongerThanParent, testify } from './testify.js';

const task = JSON.parse(process.argv[2]!) as CollectorTask;
testify('begin');
liveNoLongerThanParent();
const server = new HoldfastServer({
  collector: {
    sources: [{ source, writeKeys: [writeKey], origins: [], allowsCritical: true }],
    port: task.port,
    adminPort: 0,
    drainMs: 2_000,
    retryAfter: { minMs: 100, maxMs: 1_000 },
  },
  dataFolder: task.dataFolder,
  pageFolder: fileURLToPath(new URL('page', import.meta.url)),
  clock: lapseClock(task.lapse),
  random: systemRandom,
  logger: {
    log(level: string, message: string, fields: object = {}): void {
      if (level === 'error') console.error(message, JSON.stringify(fields));
    },
  },
});
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
testify('listening', [String(await server.start())]);
