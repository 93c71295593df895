import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Admin, Kafka, logLevel, type PartitionMetadata } from 'kafkajs';
import { serverLimits } from './limits.js';
import { poll } from './poll.js';
import { runCommand } from './run-command.js';

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Copies of each partition; default: as many as there are brokers, at most 3. */
  readonly replicas?: number;
  /** Which brokers hold each partition, instead of `replicas`; the first of a row leads. */
  readonly assignment?: readonly (readonly number[])[];
  readonly config?: Readonly<Record<string, string>>;
}

/** What tests and `npm run kafka` ask of a cluster besides producing. */
export class KafkaAdmin {
  readonly #bootstrap: string;
  readonly #classPath: string;

  /** `classPath` is for the admin tools, and empty for a cluster that somebody else runs. */
  constructor(bootstrap: string, classPath: string) {
    this.#bootstrap = bootstrap;
    this.#classPath = classPath;
  }

  /** Creates a topic and waits until each of its partitions has a leader and all copies. */
  async createTopic(topic: TopicSpec): Promise<void> {
    await this.#run(async (admin) => {
      const copies = topic.assignment ? -1 : (topic.replicas ?? (await defaultCopies(admin)));
      await admin.createTopics({
        // With waitForLeaders, kafkajs sometimes throws for a topic that it has just created.
        waitForLeaders: false,
        topics: [
          {
            topic: topic.name,
            numPartitions: topic.assignment ? -1 : topic.partitions,
            replicationFactor: copies,
            ...(topic.assignment && { replicaAssignment: assignmentRows(topic.assignment) }),
            configEntries: Object.entries(topic.config ?? {}).map(([name, value]) => ({
              name,
              value,
            })),
          },
        ],
      });
    });
    await this.#untilServed(topic.name, topic.partitions);
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    await this.#run((admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }));
    await this.#untilServed(topic, count);
  }

  /** Until all partitions have their copies and their leaders know that they lead. */
  async #untilServed(topic: string, count: number): Promise<void> {
    await poll(`${count} partitions of topic ${topic}`, async () => {
      const partitions = await this.partitions(topic);
      if (partitions.length !== count || !partitions.every(isComplete)) return false;
      return (await this.#run((admin) => admin.fetchTopicOffsets(topic))).length === count;
    });
  }

  async topics(): Promise<string[]> {
    return this.#run((admin) => admin.listTopics());
  }

  async setTopicConfig(topic: string, config: Readonly<Record<string, string>>): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await this.#run((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: topicResource, name: topic, configEntries }],
      }),
    );
  }

  async partitions(topic: string): Promise<PartitionMetadata[]> {
    const { topics } = await this.#run((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    return topics.flatMap(({ partitions }) => partitions);
  }

  /** Whether `brokers` brokers are listed and all partitions have a leader and all copies. */
  async isReady(brokers: number): Promise<boolean> {
    return this.#run(async (admin) => {
      const cluster = await admin.describeCluster();
      if (cluster.brokers.length !== brokers) return false;
      const { topics } = await admin.fetchTopicMetadata();
      return topics.every(({ partitions }) => partitions.every(isComplete));
    });
  }

  /** Makes the next replica of each partition its leader, as a rolling restart would. */
  async moveLeaders(topic: string): Promise<void> {
    const rotated = (await this.partitions(topic)).map(({ partitionId, replicas, leader }) => ({
      partition: partitionId,
      replicas: rotate(replicas, replicas.indexOf(leader) + 1),
    }));
    await this.#run((admin) =>
      admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment: rotated }] }),
    );
    await poll(`the new order of the replicas of ${topic}`, async () => {
      const partitions = await this.partitions(topic);
      return rotated.every(
        ({ partition, replicas }) =>
          partitions.find((found) => found.partitionId === partition)?.replicas[0] === replicas[0],
      );
    });
    await this.#electPreferred(
      topic,
      rotated.map(({ partition }) => partition),
    );
  }

  /** kafkajs has no electLeaders; Kafka's own tool has. */
  async #electPreferred(topic: string, partitions: readonly number[]): Promise<void> {
    if (this.#classPath === '') throw new Error('KAFKA_BROKERS is set: leaders cannot be moved');
    const file = join(tmpdir(), `holdfast-election-${randomUUID()}.json`);
    const elected = { partitions: partitions.map((partition) => ({ topic, partition })) };
    await writeFile(file, JSON.stringify(elected));
    try {
      await runCommand('java', [
        ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', this.#classPath],
        ...['org.apache.kafka.tools.LeaderElectionCommand', '--election-type', 'PREFERRED'],
        ...['--bootstrap-server', this.#bootstrap, '--path-to-json-file', file],
      ]);
    } finally {
      await rm(file, { force: true });
    }
  }

  async #run<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const client = new Kafka({
      brokers: this.#bootstrap.split(','),
      clientId: 'holdfast-admin',
      logLevel: logLevel.NOTHING,
      requestTimeout: serverLimits.adminRequestTimeoutMs,
      connectionTimeout: serverLimits.adminRequestTimeoutMs,
      retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    const admin = client.admin();
    try {
      await admin.connect();
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
}

/** Kafka's number for a topic among the resources that have a configuration. */
const topicResource = 2;

async function defaultCopies(admin: Admin): Promise<number> {
  return Math.min(3, (await admin.describeCluster()).brokers.length);
}

function assignmentRows(rows: readonly (readonly number[])[]) {
  return rows.map((replicas, partition) => ({ partition, replicas: [...replicas] }));
}

function isComplete({ leader, isr, replicas }: PartitionMetadata): boolean {
  return leader >= 0 && isr.length === replicas.length;
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
