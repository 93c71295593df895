/**
 * The collector with its file sink, for runs that end it in the midst of its work. It testifies
 * `begin`, then `listening PORT`. SIGTERM stops it in good order.
 */
import { createCollector, FileSink } from '@holdfast/collector';
import { lapseClock } from './lapse-clock.js';
import { type CollectorTask, source, writeKey } from './tasks.js';
import { liveNoLongerThanParent, testify } from './testify.js';

const task = JSON.parse(process.argv[2]!) as CollectorTask;
testify('begin');
liveNoLongerThanParent();
const clock = lapseClock(task.lapse);
const logger = {
  log(level: string, message: string, fields: object = {}): void {
    if (level === 'error') console.error(message, JSON.stringify(fields));
  },
};
const collector = createCollector(
  {
    sources: [{ source, writeKeys: [writeKey], origins: [], allowsCritical: true }],
    port: task.port,
    adminPort: 0,
    drainMs: 2_000,
    retryAfter: { minMs: 100, maxMs: 1_000 },
  },
  { clock, logger, sinks: [new FileSink({ folder: task.dataFolder, clock, logger })] },
);
process.on('SIGTERM', () => void collector.stop().then(() => process.exit(0)));
const { port } = await collector.start();
testify('listening', [String(port)]);
