import { randomUUID } from 'node:crypto';
import { silentLogger } from '@holdfast/server-core/json-logger';
import { systemClock } from '@holdfast/server-core/system-clock';
import { systemRandom } from '@holdfast/server-core/system-random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type KafkaCluster,
  kafkaCommands,
  startKafka,
} from '../../../../scripts/servers/kafka-cluster.js';
import { readTopic } from '../../../../scripts/servers/kcat.js';
import { needs } from '../../../../test/support/needs.js';
import { describeEventSink } from '../../src/sinks/event-sink.contract.js';
import { createKafkaSink } from '../../src/sinks/kafka/create-kafka-sink.js';
import type { KafkaSink } from '../../src/sinks/kafka/kafka-sink.js';
import { acceptedEvent } from '../support/accepted-event.js';

describe.skipIf(!needs(...kafkaCommands, 'kcat'))('the Kafka sink against real Kafka', () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafka({ brokers: 3 });
  });
  afterAll(() => cluster?.stop());

  const sinkOf = (topic: string): KafkaSink =>
    createKafkaSink(
      { brokers: cluster.bootstrap.split(','), topic, allowSingleCopy: false },
      { clock: systemClock, random: systemRandom, logger: silentLogger },
    );

  // Another cluster may have topics of an earlier run.
  const topicName = () => `holdfast-test-${randomUUID()}`;
  describeEventSink(
    'Kafka',
    async () => {
      const topic = topicName();
      await cluster.admin.createTopic({ name: topic, partitions: 3 });
      return {
        sink: sinkOf(topic),
        readStored: async () => {
          const records = await readTopic(cluster.bootstrap, topic);
          return records.map(({ value, headers }) => ({
            eventId: headers.ce_id as string,
            value,
            headers,
          }));
        },
        breakTier: async () => {
          await Promise.all(cluster.brokers.map((broker) => broker.kill()));
        },
        mendTier: async () => {
          for (const broker of cluster.brokers) broker.start();
          await cluster.waitUntilReady();
        },
        dispose: async () => undefined,
      };
    },
    process.env.KAFKA_BROKERS === undefined,
  );

  it('writes records that kcat reads: key, headers and the JSON value', async () => {
    const name = topicName();
    await cluster.admin.createTopic({ name, partitions: 3 });
    const sink = sinkOf(name);
    await sink.open();
    expect(sink.durable).toBe('kafka');
    const event = acceptedEvent('e1', { partitionKey: 'user-1' });
    expect(await sink.write([event])).toEqual([{ kind: 'stored' }]);
    await sink.close(5_000);
    const [record, ...more] = await readTopic(cluster.bootstrap, name);
    expect(more).toEqual([]);
    expect(record?.key).toBe('user-1');
    expect(record?.headers).toEqual(event.headers);
    expect(JSON.parse(record?.value ?? '')).toMatchObject({ type: 'track', eventId: 'e1' });
  });

  it('refuses to open on a missing topic, and does not create it', async () => {
    const sink = sinkOf('never-created');
    await expect(sink.open()).rejects.toMatchObject({ code: 'missing_topic' });
    expect(await cluster.admin.topics()).not.toContain('never-created');
  });

  it.each([
    ['one replica', { replicas: 1 }, /replication factor 1, needs 3/],
    [
      'min.insync.replicas of 1',
      { config: { 'min.insync.replicas': '1' } },
      /min\.insync\.replicas=1, needs 2/,
    ],
    [
      'unclean leader election',
      { config: { 'unclean.leader.election.enable': 'true' } },
      /unclean\.leader\.election\.enable=true/,
    ],
  ])('refuses to open on a topic with %s', async (_, spec, message) => {
    const name = topicName();
    await cluster.admin.createTopic({ name, partitions: 1, ...spec });
    await expect(sinkOf(name).open()).rejects.toMatchObject({ code: 'unsafe_topic', message });
  });
});
