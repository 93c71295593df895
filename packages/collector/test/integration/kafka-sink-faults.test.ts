import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaBroker } from '../../../../scripts/servers/kafka-broker.js';
import { type KafkaCluster, startKafka } from '../../../../scripts/servers/kafka-cluster.js';
import { poll } from '../../../../scripts/servers/poll.js';
import { needsOwnKafka } from '../../../../test/support/needs-own-kafka.js';
import type { KafkaSink } from '../../src/sinks/kafka/kafka-sink.js';
import { absent } from '../support/kafka-topic.js';
import { eventsInPartition } from '../support/keyed-event.js';
import { openKafkaSink, storedIds } from '../support/open-kafka-sink.js';

const partitions = 3;
const answerWithinMs = 15_000;
const recoverWithinMs = 60_000;

describe.skipIf(!needsOwnKafka('kcat'))('the Kafka sink while brokers fail', () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafka({ brokers: 3 });
  });
  afterAll(() => cluster?.stop());

  const open = (topic: string, allowSingleCopy = false): Promise<KafkaSink> =>
    openKafkaSink({ brokers: cluster.bootstrap.split(','), topic, allowSingleCopy });

  async function leaderOf(topic: string, partition: number): Promise<KafkaBroker> {
    const found = (await cluster.admin.partitions(topic)).find(
      ({ partitionId }) => partitionId === partition,
    );
    return cluster.brokers.find(({ id }) => id === found?.leader)!;
  }

  it('answers retry for the events of a partition that is down, and for no others', async () => {
    const topic = 'one-down';
    const assignment = [[1], [2], [3]];
    const config = { 'min.insync.replicas': '1' };
    await cluster.admin.createTopic({ name: topic, partitions, assignment, config });
    await cluster.admin.createTopic({ name: 'whole', partitions });
    const sink = await open(topic, true);
    expect(sink.durable).toBe('kafka-single');
    const acked: string[] = [];
    const write = async (to: KafkaSink, partition: number, prefix: string) => {
      const events = eventsInPartition(partition, partitions, 10, prefix);
      const outcomes = await to.write(events);
      acked.push(...storedIds(events, outcomes));
      return [...new Set(outcomes.map((outcome) => JSON.stringify(outcome)))].join();
    };
    const stored = '{"kind":"stored"}';
    const down = '{"kind":"retry","code":"partition_unavailable"}';
    for (const partition of [0, 1, 2]) expect(await write(sink, partition, 'up')).toBe(stored);

    await cluster.brokers[2]!.kill();
    try {
      const begin = performance.now();
      const isDown = write(sink, 2, 'down');
      // Meanwhile, over and over: each of these makes kafkajs look for leaders anew.
      for (let n = 0; n < 20; n++) {
        expect(await write(sink, 0, `meanwhile-${n}`)).toBe(stored);
        expect(await write(sink, 1, `meanwhile-${n}`)).toBe(stored);
        expect(sink.availability()).toEqual({ isAvailable: true });
      }
      expect(await isDown).toBe(down);
      expect(performance.now() - begin).toBeLessThan(answerWithinMs);
      expect(sink.availability()).toEqual({ isAvailable: true });

      const second = await open(topic, true);
      expect(await write(second, 0, 'second')).toBe(stored);
      expect(await write(second, 2, 'second')).toBe(down);
      await second.close(10_000);
    } finally {
      cluster.brokers[2]!.start();
    }
    await cluster.waitUntilReady();
    // Also of the topics that are on all brokers: the cluster is complete again.
    const others = await cluster.admin.partitions('whole');
    expect(others.map(({ isr }) => isr.length)).toEqual([3, 3, 3]);
    await poll('it to be up', async () => (await write(sink, 2, 'again')) === stored);
    await sink.close(10_000);
    expect(await absent(cluster, topic, acked)).toEqual([]);
  });

  it('goes around a broker that hangs, as a machine behind a dead link would', async () => {
    const topic = 'hung';
    await cluster.admin.createTopic({ name: topic, partitions });
    const sink = await open(topic);
    const acked: string[] = [];
    const write = async (prefix: string): Promise<boolean> => {
      const events = [0, 1, 2].flatMap((partition) =>
        eventsInPartition(partition, partitions, 5, prefix),
      );
      const begin = performance.now();
      const outcomes = await sink.write(events);
      expect(performance.now() - begin).toBeLessThan(answerWithinMs);
      acked.push(...storedIds(events, outcomes));
      return outcomes.every(({ kind }) => kind === 'stored');
    };
    expect(await write('before')).toBe(true);
    const broker = await leaderOf(topic, 0);
    broker.pause();
    try {
      let n = 0;
      await poll('all stored without it', () => write(`hung-${++n}`), recoverWithinMs);
      expect(await write('around')).toBe(true);
    } finally {
      broker.resume();
    }
    await cluster.waitUntilReady();
    await poll('all stored with it', () => write('after'), recoverWithinMs);
    await sink.close(10_000);
    expect(await absent(cluster, topic, acked)).toEqual([]);
  });

  it('closes in time while all brokers hang', async () => {
    const topic = 'closing';
    await cluster.admin.createTopic({ name: topic, partitions });
    const sink = await open(topic);
    await sink.write(eventsInPartition(0, partitions, 1, 'warm'));
    for (const broker of cluster.brokers) broker.pause();
    try {
      const write = sink.write(eventsInPartition(0, partitions, 1, 'hung'));
      const begin = performance.now();
      await sink.close(2_000);
      expect(performance.now() - begin).toBeLessThan(3_000);
      expect(await write).toEqual([{ kind: 'retry', code: 'partition_unavailable' }]);
    } finally {
      for (const broker of cluster.brokers) broker.resume();
    }
    await cluster.waitUntilReady();
  });
});
