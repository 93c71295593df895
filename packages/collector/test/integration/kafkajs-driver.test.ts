import { systemClock } from '@holdfast/server-core/system-clock';
import { afterAll, beforeAll, describe } from 'vitest';
import { type KafkaCluster, startKafka } from '../../../../scripts/servers/kafka-cluster.js';
import { readTopic } from '../../../../scripts/servers/kcat.js';
import { needsOwnKafka } from '../../../../test/support/needs-own-kafka.js';
import { describeKafkaDriver } from '../../src/sinks/kafka/kafka-driver.contract.js';
import { KafkajsDriver } from '../../src/sinks/kafka/kafkajs-driver.js';

describe.skipIf(!needsOwnKafka('kcat'))('kafkajs against real Kafka', () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafka();
  });
  afterAll(() => cluster?.stop());

  describeKafkaDriver('kafkajs', async () => ({
    driver: new KafkajsDriver({ brokers: cluster.bootstrap.split(',') }, systemClock),
    createTopic: (name, partitions) => cluster.admin.createTopic({ name, partitions }),
    addPartitions: (name, count) => cluster.admin.addPartitions(name, count),
    topics: () => cluster.admin.topics(),
    read: (topic) => readTopic(cluster.bootstrap, topic),
    stopKafka: async () => {
      await cluster.brokers[0]?.kill();
    },
    startKafka: async () => {
      cluster.brokers[0]?.start();
      await cluster.waitUntilReady();
    },
    dispose: async () => undefined,
  }));
});
