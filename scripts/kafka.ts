import { parseArgs } from 'node:util';
import { type KafkaCluster, startKafka } from './servers/kafka-cluster.js';

const help = `npm run kafka -- [options]

Starts real Apache Kafka on this machine, creates the topics events and events.dead, and runs until
Ctrl-C. The data are thrown away at the end. Needs Java 17 and Maven (Debian: default-jre-headless,
maven); the first start downloads Kafka, 55 MB, from Maven Central into .cache/kafka.

  --brokers 1|3     default 1; three keep three copies of each event
  --port PORT       of the first broker, default 9092; the others follow
  --partitions N    of each topic, default 6
  --help
`;

await main();

async function main(): Promise<void> {
  const options = readOptions();
  if (options === undefined) return;
  process.stdout.write('Starting Apache Kafka …\n');
  const cluster = await startKafka({ brokers: options.brokers, port: options.port });
  try {
    await createTopics(cluster, options.partitions);
    process.stdout.write(welcome(cluster.bootstrap, options.brokers));
    await stopSignal();
    process.stdout.write('\nStopping …\n');
  } finally {
    await cluster.stop();
  }
}

interface Options {
  readonly brokers: 1 | 3;
  readonly port: number;
  readonly partitions: number;
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string', default: '1' },
      port: { type: 'string', default: '9092' },
      partitions: { type: 'string', default: '6' },
      help: { type: 'boolean', default: false },
    },
  });
  const brokers = Number(values.brokers);
  const port = Number(values.port);
  const partitions = Number(values.partitions);
  const isValid =
    (brokers === 1 || brokers === 3) && isWithin(port, 1, 65_533) && isWithin(partitions, 1, 1_000);
  if (values.help || !isValid) {
    process.stdout.write(help);
    process.exitCode = values.help ? 0 : 78;
    return undefined;
  }
  return { brokers, port, partitions };
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

async function createTopics(cluster: KafkaCluster, partitions: number): Promise<void> {
  const existing = await cluster.admin.topics();
  for (const name of ['events', 'events.dead']) {
    if (existing.includes(name)) continue;
    // Watermarks come from the time of the append, never from a client's clock.
    const config = { 'message.timestamp.type': 'LogAppendTime' };
    await cluster.admin.createTopic({ name, partitions, config });
  }
}

function welcome(bootstrap: string, brokers: number): string {
  const single = brokers === 1 ? ' --allow-single-copy' : '';
  return `
Apache Kafka is ready at ${bootstrap} with the topics events and events.dead.

Collect into it (after npm run build):
  node packages/collector/dist/cli.js --write-key dev=dev --sink kafka \\
    --kafka-brokers ${bootstrap}${single}

Read it:
  kcat -C -b ${bootstrap.split(',')[0]} -t events -J

Ctrl-C stops it.
`;
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
