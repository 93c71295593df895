// kafkajs behind the driver port.
//
// One producer serves all partitions. kafkajs keeps a connection and a leader that do not answer;
// so after such a failure a second producer is made, and takes the first one's place once it is
// connected. The sends that the first has under way may end on it.
//
// A send's own retries are off: ours are bounded in time. Idempotence is off: with it a send never
// fails, and connect() can fail in silence and leave a producer without it.
import { type Admin, Kafka, type KafkaConfig, logLevel, type Producer } from 'kafkajs';
import type { Clock } from '../../ports.js';
import type {
  DescribeResult,
  KafkaDriver,
  KafkaFailure,
  KafkaRecord,
  SendResult,
  TopicDescription,
} from './kafka-driver.js';
import { kafkajsFailure, needsNewProducer } from './kafkajs-failure.js';
import { acceptLeaderlessPartitions } from './leaderless-metadata.js';
import { kafkaSinkLimits as limits } from './limits.js';
import { within } from './within.js';

export interface KafkaConnection {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  /** `ca`: PEM; absent: the system's authorities. */
  readonly tls?: { readonly ca?: string };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}

/** A producer and what is under way on it. */
interface Link {
  readonly producer: Producer;
  readonly isConnected: Promise<void>;
  sends: number;
  isRetired: boolean;
}

/** Kafka's number for a topic among the resources that have a configuration. */
const topicResource = 2;

const late: KafkaFailure = { kind: 'failed', reason: 'timeout', detail: 'no answer in time' };

export class KafkajsDriver implements KafkaDriver {
  readonly #connection: KafkaConnection;
  readonly #clock: Clock;
  #link: Link | undefined;
  #isRenewing = false;
  #isClosed = false;
  #turn = 0;

  constructor(connection: KafkaConnection, clock: Clock) {
    acceptLeaderlessPartitions();
    this.#connection = connection;
    this.#clock = clock;
  }

  async send(
    topic: string,
    partition: number,
    records: readonly KafkaRecord[],
  ): Promise<SendResult> {
    if (this.#isClosed) return { ...late, reason: 'failed', detail: 'the driver is closed' };
    const link = this.#currentLink();
    link.sends++;
    const sending = produce(link, topic, partition, records);
    const result = await within(this.#clock, limits.sendTimeoutMs, sending, undefined);
    link.sends--;
    this.#afterSend(link, result);
    return result?.answer ?? late;
  }

  async describe(topic: string): Promise<DescribeResult> {
    const admin = this.#client().admin();
    const asking = describeTopic(admin, topic).catch(kafkajsFailure);
    const result = await within(this.#clock, limits.describeTimeoutMs, asking, late);
    await this.#disconnect(admin, limits.disconnectTimeoutMs);
    return result;
  }

  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    if (this.#link !== undefined) await this.#disconnect(this.#link.producer, timeoutMs);
  }

  #currentLink(): Link {
    this.#link ??= this.#connect();
    return this.#link;
  }

  #connect(): Link {
    const producer = this.#client().producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      retry: { retries: 0 },
      createPartitioner: () => (args) => args.message.partition as number,
    });
    return { producer, isConnected: producer.connect(), sends: 0, isRetired: false };
  }

  #afterSend(link: Link, result: Produced | undefined): void {
    if (result?.hasFailedToConnect && this.#link === link) this.#link = undefined;
    else if (result === undefined || result.needsNewProducer) void this.#renew(link);
    if (link.isRetired && link.sends === 0) void this.#disconnect(link.producer, 0);
  }

  /** Connects a new producer first, so that the partitions that work go on working. */
  async #renew(link: Link): Promise<void> {
    if (this.#isRenewing || this.#isClosed || this.#link !== link) return;
    this.#isRenewing = true;
    const next = this.#connect();
    const connecting = next.isConnected.then(
      () => true,
      () => false,
    );
    const isConnected = await within(this.#clock, limits.sendTimeoutMs, connecting, false);
    this.#isRenewing = false;
    if (!isConnected || this.#isClosed) return this.#disconnect(next.producer, 0);
    this.#link = next;
    link.isRetired = true;
    if (link.sends === 0) await this.#disconnect(link.producer, 0);
  }

  async #disconnect(client: Producer | Admin, timeoutMs: number): Promise<void> {
    const disconnecting = client.disconnect().catch(() => undefined);
    await within(this.#clock, timeoutMs, disconnecting, undefined);
  }

  /** Each begins with another broker: kafkajs stays with the first that takes a connection, even
   *  if it then never answers. */
  #client(): Kafka {
    const { brokers, tls, sasl } = this.#connection;
    const first = this.#turn++ % brokers.length;
    return new Kafka({
      brokers: [...brokers.slice(first), ...brokers.slice(0, first)],
      clientId: 'holdfast-collector',
      logLevel: logLevel.NOTHING,
      connectionTimeout: limits.connectionTimeoutMs,
      authenticationTimeout: limits.connectionTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      // Of connecting: each attempt tries the next broker.
      retry: { retries: brokers.length, initialRetryTime: 50, maxRetryTime: 500 },
      ...(tls !== undefined && { ssl: tls.ca === undefined || { ca: [tls.ca] } }),
      ...(sasl !== undefined && { sasl: { ...sasl } as NonNullable<KafkaConfig['sasl']> }),
    });
  }
}

interface Produced {
  readonly answer: SendResult;
  readonly hasFailedToConnect: boolean;
  readonly needsNewProducer: boolean;
}

async function produce(
  link: Link,
  topic: string,
  partition: number,
  records: readonly KafkaRecord[],
): Promise<Produced> {
  try {
    await link.isConnected;
  } catch (error) {
    const answer = kafkajsFailure(error);
    return { answer, hasFailedToConnect: true, needsNewProducer: false };
  }
  try {
    const metadata = await link.producer.send({
      topic,
      acks: -1,
      timeout: limits.requestTimeoutMs,
      messages: records.map((record) => ({ ...record, partition })),
    });
    const receipts = metadata
      .filter(({ topicName }) => topicName === topic)
      .map(({ partition, errorCode, baseOffset }) => ({
        partition,
        errorCode,
        offset: baseOffset,
      }));
    // It sends nothing, and says nothing, to a partition that its metadata do not have.
    const needsNewProducer = receipts.length === 0;
    return { answer: { kind: 'answered', receipts }, hasFailedToConnect: false, needsNewProducer };
  } catch (error) {
    const answer = kafkajsFailure(error);
    return { answer, hasFailedToConnect: false, needsNewProducer: needsNewProducer(error) };
  }
}

async function describeTopic(admin: Admin, topic: string): Promise<DescribeResult> {
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = topics.flatMap((found) => found.partitions);
  if (partitions.length === 0) {
    return { kind: 'failed', reason: 'missing_topic', detail: `no partitions of ${topic}` };
  }
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: topicResource, name: topic, configNames: [...configNames] }],
  });
  const config = new Map(
    resources.flatMap(({ configEntries }) =>
      configEntries.map(({ configName, configValue }) => [configName, configValue] as const),
    ),
  );
  const description: TopicDescription = {
    partitionCount: partitions.length,
    replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    minInsyncReplicas: Number(config.get('min.insync.replicas')),
    hasUncleanElection: config.get('unclean.leader.election.enable') !== 'false',
    maxMessageBytes: Number(config.get('max.message.bytes')),
  };
  return { kind: 'described', topic: description };
}

const configNames = [
  'min.insync.replicas',
  'unclean.leader.election.enable',
  'max.message.bytes',
] as const;
