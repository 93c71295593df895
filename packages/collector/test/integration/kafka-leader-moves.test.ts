import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaCluster, startKafka } from '../../../../scripts/servers/kafka-cluster.js';
import { needsOwnKafka } from '../../../../test/support/needs-own-kafka.js';
import { absent } from '../support/kafka-topic.js';
import { openKafkaSink, storedIds } from '../support/open-kafka-sink.js';
import { Traffic } from '../support/traffic.js';

const partitions = 6;
/** Leader moves of a topic before what is lost of it is counted, and the most topics. */
const movesPerRound = 3;
const maxRounds = 12;

describe.skipIf(!needsOwnKafka('kcat'))('moving the leaders while producing', () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafka({ brokers: 3 });
  });
  afterAll(() => cluster?.stop());

  it('loses acked messages with a plain producer.send of a batch', {
    timeout: 400_000,
  }, async () => {
    const client = new Kafka({
      brokers: cluster.bootstrap.split(','),
      logLevel: logLevel.NOTHING,
    });
    const producer = client.producer();
    await producer.connect();
    let lost = 0;
    for (let round = 1; round <= maxRounds && lost === 0; round++) {
      // A topic of its own, and at rest when it is read: reading one that grows has no end.
      const topic = `control-${round}`;
      await cluster.admin.createTopic({ name: topic, partitions });
      const traffic = new Traffic(topic, async (events) => {
        const messages = events.map(({ partitionKey, bytes }) => ({
          key: partitionKey,
          value: Buffer.from(bytes),
        }));
        await producer.send({ topic, acks: -1, messages });
        return events.map(({ eventId }) => eventId);
      });
      await moveLeaders(cluster, topic);
      const { acked } = await traffic.stop();
      lost = (await absent(cluster, topic, acked)).length;
    }
    await producer.disconnect();
    expect(lost).toBeGreaterThan(0);
  });

  it('loses no acked event through our sink', async () => {
    await cluster.admin.createTopic({ name: 'ours', partitions });
    const sink = await openKafkaSink({ brokers: cluster.bootstrap.split(','), topic: 'ours' });
    const traffic = new Traffic('ours', async (events) =>
      storedIds(events, await sink.write(events)),
    );
    for (let round = 1; round <= 4; round++) await moveLeaders(cluster, 'ours');
    const { acked } = await traffic.stop();
    await sink.close(10_000);
    expect(acked.length).toBeGreaterThan(1_000);
    expect(await absent(cluster, 'ours', acked)).toEqual([]);
  });
});

async function moveLeaders(cluster: KafkaCluster, topic: string): Promise<void> {
  for (let move = 1; move <= movesPerRound; move++) await cluster.admin.moveLeaders(topic);
}
