// A collector as a sidecar in front of real Kafka: starts a broker (Java and Maven needed), the
// collector and an app, then reads the topic back. One command:
// npm start -w examples/sidecar-kafka
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createAnalytics } from '@holdfast/sdk-node';
import { startKafka } from '../../scripts/servers/kafka-cluster.ts';
import { readTopic } from '../../scripts/servers/kcat.ts';
import { freePort } from '../support/holdfast-process.mjs';

const collectorBin = fileURLToPath(
  new URL('../../packages/collector/dist/cli.js', import.meta.url),
);
const count = 100;
const folder = await mkdtemp(join(tmpdir(), 'holdfast-sidecar-'));
let kafka;
let collector;
try {
  console.log('Starting Apache Kafka …');
  kafka = await startKafka({ brokers: 1 });
  for (const name of ['events', 'events.dead']) {
    await kafka.admin.createTopic({ name, partitions: 3 });
  }
  const port = await freePort();
  const args = ['--sink', 'kafka', '--kafka-brokers', kafka.bootstrap, '--allow-single-copy'];
  const place = ['--port', String(port), '--admin-port', String(await freePort())];
  const key = ['--write-key', 'dev=dev', '--data', join(folder, 'collector')];
  collector = spawn(process.execPath, [collectorBin, ...args, ...place, ...key], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await untilReady(`${endpoint}/readyz`, collector);

  const analytics = createAnalytics({ writeKey: 'dev', endpoint, queueDir: join(folder, 'queue') });
  for (let order = 1; order <= count; order++) {
    analytics.track({
      userId: `user-${order % 10}`,
      event: 'Order Completed',
      properties: { order },
    });
  }
  console.log('flush:', await analytics.flush());
  await analytics.shutdown();

  const records = await readTopic(kafka.bootstrap, 'events');
  console.log(`the topic holds ${records.length} records; the first: ${records[0]?.value}`);
  if (records.length !== count) throw new Error(`expected ${count} records`);
} finally {
  if (collector && collector.exitCode === null) {
    collector.kill('SIGTERM');
    await Promise.race([once(collector, 'exit'), sleep(10_000)]);
    collector.kill('SIGKILL');
  }
  await kafka?.stop();
  await rm(folder, { recursive: true, force: true });
}

async function untilReady(url, child) {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(100)) {
    if (child.exitCode !== null) throw new Error(`the collector exited: ${child.exitCode}`);
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
  }
  throw new Error(`${url} did not become ready`);
}
