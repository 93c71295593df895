import { describeKafkaDriver } from '../../src/sinks/kafka/kafka-driver.contract.js';
import { FakeKafkaDriver } from '../support/fake-kafka-driver.js';

describeKafkaDriver('the fake', async () => {
  const driver = new FakeKafkaDriver();
  const names: string[] = [];
  return {
    driver,
    createTopic: async (name, partitionCount) => {
      names.push(name);
      driver.createTopic(name, { partitionCount });
    },
    addPartitions: async (name, partitionCount) => driver.changeTopic(name, { partitionCount }),
    topics: async () => names,
    read: async (topic) =>
      driver.recordsOf(topic).map(({ partition, key, value, headers }) => ({
        partition,
        key: key.toString(),
        value: value.toString(),
        headers,
      })),
    stopKafka: async () => {
      driver.isDown = true;
    },
    startKafka: async () => {
      driver.isDown = false;
    },
    dispose: async () => undefined,
  };
});
