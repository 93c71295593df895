/** The same cases against a real Kafka: what its topic holds is what was sent, byte for byte. */
import { deadLetterTopic, idDay } from '@holdfast/protocol';
import { type KafkaCluster, startKafka } from '../../scripts/servers/kafka-cluster.js';
import { eachRecord, type KcatRecord } from '../../scripts/servers/kcat.js';
import { brokenKafkaSinks } from './broken-collectors.js';
import { bundleProgram } from './bundle-program.js';
import { CaseRunner } from './case-runner.js';
import { CollectorUnderTest } from './collector-under-test.js';
import { fuzzBounds } from './fuzz-bounds.js';
import { type CaseKind, caseKinds } from './fuzz-case.js';
import { StoredLedger } from './stored-ledger.js';

export interface KafkaReport {
  readonly cases: number;
  readonly comparedEvents: number;
  readonly comparedBytes: number;
  readonly deadLetters: number;
  readonly failures: readonly string[];
}

/** Kinds whose answers say what is stored. */
const kinds: readonly CaseKind[] = caseKinds.filter((kind) => kind !== 'framing');

/** The collector as it is, then those with a broken Kafka sink, each on topics of its own. */
export async function kafkaPart(
  program: string,
  seed: number,
  cases: number,
): Promise<KafkaReport> {
  const cluster = await startKafka({ brokers: 1 });
  try {
    const report = await trial(cluster, { program, topic: 'events', seed, cases });
    const uncaught = await brokenSinks(cluster, seed);
    return { ...report, failures: [...report.failures, ...uncaught] };
  } finally {
    await cluster.stop();
  }
}

async function brokenSinks(cluster: KafkaCluster, seed: number): Promise<string[]> {
  const failures: string[] = [];
  for (const [i, broken] of brokenKafkaSinks.entries()) {
    const { path: program, remove } = await bundleProgram('probed-collector.ts', [broken]);
    try {
      const run = await trial(cluster, { program, topic: `broken-${i}`, seed, cases: 300 });
      const isCaught = run.failures.some((failure) => broken.seen.test(failure));
      if (!isCaught) failures.push(`not caught: ${broken.fault}: ${run.failures[0] ?? ''}`);
    } finally {
      await remove();
    }
  }
  return failures;
}

interface Trial {
  readonly program: string;
  readonly topic: string;
  readonly seed: number;
  readonly cases: number;
}

async function trial(
  cluster: KafkaCluster,
  { program, topic, seed, cases }: Trial,
): Promise<KafkaReport> {
  const letters = deadLetterTopic(topic);
  for (const name of [topic, letters]) await cluster.admin.createTopic({ name, partitions: 6 });
  const brokers = ['--kafka-brokers', cluster.bootstrap, '--kafka-topic', topic];
  const sink = ['--sink', 'kafka', '--allow-single-copy', ...brokers];
  const collector = await CollectorUnderTest.start(program, sink);
  try {
    const ledger = new StoredLedger();
    const options = { port: collector.port, seed, kinds, hangMs: fuzzBounds.hangMs };
    const runner = new CaseRunner({ ...options, ledger });
    await runner.run(0, cases);
    runner.close();
    const failures = [...runner.failures, ...(await topicFaults(cluster, topic, ledger))];
    const deadLetters = await countRecords(cluster, letters);
    failures.push(...letterFaults(runner, deadLetters));
    const status = await collector.stop();
    if (status !== 0) failures.push(`ended with ${status}: ${collector.output.slice(-2_000)}`);
    const { compared: comparedEvents, comparedBytes } = ledger;
    const named = failures.map((failure) => `kafka: ${failure}`);
    return { cases, deadLetters, comparedEvents, comparedBytes, failures: named };
  } finally {
    collector.kill();
  }
}

async function topicFaults(
  { bootstrap }: KafkaCluster,
  topic: string,
  ledger: StoredLedger,
): Promise<string[]> {
  const records: Parameters<StoredLedger['settle']>[0][number][] = [];
  await eachRecord(bootstrap, topic, (record) => records.push(storedRecord(record)));
  return ledger.settle(records);
}

function storedRecord({ key, value, headers }: KcatRecord) {
  const { ce_source: source = '', ce_id: eventId = '', ce_time: timestamp = '' } = headers;
  const day = idDay(eventId, timestamp);
  return { source, eventId, idDay: day, key: key ?? '', bytes: Buffer.from(value) };
}

async function countRecords({ bootstrap }: KafkaCluster, topic: string): Promise<number> {
  let count = 0;
  await eachRecord(bootstrap, topic, () => count++);
  return count;
}

function letterFaults({ verdicts }: CaseRunner, deadLetters: number): string[] {
  const taken = ['accepted', 'duplicate', 'retry'].reduce(
    (sum, name) => sum + verdicts.get(name),
    0,
  );
  const rejected = verdicts.total - taken;
  return deadLetters < rejected ? [`${rejected} rejected, but ${deadLetters} dead letters`] : [];
}
