// kafkajs behind the driver port.
//
// One producer serves all partitions. kafkajs keeps a connection and a leader that do not answer;
// so after such a failure a second producer is made, and takes the first one's place once it is
// connected. The sends that the first has under way may end on it.
//
// kafkajs' own retries are off: ours are bounded in time, and a second attempt at connecting takes
// a broker that hangs for connected. Idempotence is off: with it a send never fails, and connect()
// can fail in silence and leave a producer without it.

import type { Clock } from '@holdfast/server-core/ports';
import { within } from '@holdfast/server-core/within';
import { type Admin, Kafka, type KafkaConfig, logLevel, type Producer } from 'kafkajs';
import type {
  DescribeResult,
  KafkaConnection,
  KafkaDriver,
  KafkaFailure,
  KafkaRecord,
  SendResult,
  TopicDescription,
} from './kafka-driver.js';
import { kafkajsFailure, needsNewProducer } from './kafkajs-failure.js';
import { acceptLeaderlessPartitions } from './leaderless-metadata.js';
import { kafkaSinkLimits as limits } from './limits.js';

/** A producer, connected or about to be, and how many sends are under way on it. */
interface Link {
  readonly producer: Promise<Producer>;
  sends: number;
  isRetired: boolean;
}

/** What kafkajs' producers and admin clients have in common. */
interface Client {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** Kafka's number for a topic among the resources that have a configuration. */
const topicResource = 2;

const late: KafkaFailure = { kind: 'failed', reason: 'timeout', detail: 'no answer in time' };
const closed: KafkaFailure = { kind: 'failed', reason: 'failed', detail: 'the driver is closed' };

export class KafkajsDriver implements KafkaDriver {
  readonly #connection: KafkaConnection;
  readonly #clock: Clock;
  #link: Link | undefined;
  #isRenewing = false;
  #isClosed = false;
  /** The broker to connect to first: the last that answered. */
  #first = 0;

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
    if (this.#isClosed) return closed;
    this.#link ??= this.#createLink();
    const link = this.#link;
    link.sends++;
    const sending = produce(link, topic, partition, records);
    const result = await within(this.#clock, limits.sendTimeoutMs, sending, undefined);
    link.sends--;
    this.#afterSend(link, result);
    return result?.answer ?? late;
  }

  async describe(topic: string): Promise<DescribeResult> {
    const asking = this.#describe(topic).catch(kafkajsFailure);
    const result = await within(this.#clock, limits.describeTimeoutMs, asking, late);
    if (result.kind === 'failed') this.#first++;
    return result;
  }

  async close(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    if (this.#link !== undefined) await this.#disconnect(this.#link.producer, timeoutMs);
  }

  async #describe(topic: string): Promise<DescribeResult> {
    const admin = await this.#reach((kafka) => kafka.admin());
    try {
      return await describeTopic(admin, topic);
    } finally {
      void this.#disconnect(Promise.resolve(admin), limits.disconnectTimeoutMs);
    }
  }

  #createLink(): Link {
    const producer = this.#reach((kafka) =>
      kafka.producer({
        allowAutoTopicCreation: false,
        idempotent: false,
        createPartitioner: () => (args) => args.message.partition as number,
      }),
    );
    return { producer, sends: 0, isRetired: false };
  }

  #afterSend(link: Link, result: Produced | undefined): void {
    if (result?.hasFailedToConnect && this.#link === link) this.#link = undefined;
    else if (result === undefined || result.needsNewProducer) void this.#renew(link);
    if (link.isRetired) this.#disconnectIdle(link);
  }

  /** Connects a new producer first, so that the partitions that work go on working. */
  async #renew(link: Link): Promise<void> {
    if (this.#isRenewing || this.#isClosed || this.#link !== link) return;
    this.#isRenewing = true;
    this.#first++;
    const next = this.#createLink();
    const isConnected = await next.producer.then(
      () => true,
      () => false,
    );
    this.#isRenewing = false;
    if (!isConnected) return;
    this.#link = next;
    link.isRetired = true;
    this.#disconnectIdle(link);
  }

  #disconnectIdle(link: Link): void {
    if (link.sends > 0) return;
    void this.#disconnect(link.producer, limits.disconnectTimeoutMs);
  }

  /** Connects to the first broker that answers, in time for each of them. */
  async #reach<T extends Client>(create: (kafka: Kafka) => T): Promise<T> {
    let cause: unknown = new Error('no broker answers');
    for (let attempt = 0; attempt < this.#connection.brokers.length; attempt++) {
      const client = create(this.#kafka());
      const connecting = client.connect().then(() => client);
      try {
        const reached = await within(this.#clock, limits.sendTimeoutMs, connecting, undefined);
        if (reached !== undefined && !this.#isClosed) return reached;
      } catch (error) {
        cause = error;
      }
      void this.#disconnect(Promise.resolve(client), limits.disconnectTimeoutMs);
      this.#first++;
      if (this.#isClosed) break;
    }
    throw cause;
  }

  async #disconnect(client: Promise<Client>, timeoutMs: number): Promise<void> {
    // What cannot be disconnected was not connected, or has no other end any more.
    const disconnecting = client.then((found) => found.disconnect()).catch(() => undefined);
    await within(this.#clock, timeoutMs, disconnecting, undefined);
  }

  #kafka(): Kafka {
    const { brokers, tls, sasl } = this.#connection;
    const first = this.#first % brokers.length;
    return new Kafka({
      brokers: [...brokers.slice(first), ...brokers.slice(0, first)],
      clientId: 'holdfast-collector',
      logLevel: logLevel.NOTHING,
      connectionTimeout: limits.connectionTimeoutMs,
      authenticationTimeout: limits.connectionTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      retry: { retries: 0 },
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
  let producer: Producer;
  try {
    producer = await link.producer;
  } catch (error) {
    const answer = kafkajsFailure(error);
    return { answer, hasFailedToConnect: true, needsNewProducer: false };
  }
  try {
    const metadata = await producer.send({
      topic,
      acks: -1,
      timeout: limits.ackTimeoutMs,
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
