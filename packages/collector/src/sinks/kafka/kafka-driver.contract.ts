import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { poll } from '../../../../../scripts/servers/poll.js';
import type { KafkaDriver, KafkaRecord, SendResult } from './kafka-driver.js';
import { kafkaSinkLimits as limits } from './limits.js';

/** What a test reads back, by other means than the driver. */
export interface ReadRecord {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface DriverHarness {
  readonly driver: KafkaDriver;
  /** Makes a topic with as many replicas as there are brokers. */
  createTopic(name: string, partitions: number): Promise<void>;
  addPartitions(name: string, count: number): Promise<void>;
  topics(): Promise<readonly string[]>;
  read(topic: string): Promise<readonly ReadRecord[]>;
  stopKafka(): Promise<void>;
  startKafka(): Promise<void>;
  dispose(): Promise<void>;
}

/** What every Kafka driver keeps, real or fake. */
export function describeKafkaDriver(name: string, make: () => Promise<DriverHarness>): void {
  describe(`${name} as a Kafka driver`, () => {
    let harness: DriverHarness;
    let driver: KafkaDriver;
    beforeEach(async () => {
      harness = await make();
      driver = harness.driver;
    });
    afterEach(async () => {
      await driver.close(1_000);
      await harness.dispose();
    });

    it('describes a topic', async () => {
      await harness.createTopic('described', 3);
      const result = await driver.describe('described');
      if (result.kind !== 'described') throw new Error(result.detail);
      expect(result.topic.partitionCount).toBe(3);
      expect(result.topic.replication).toBeGreaterThan(0);
      expect(result.topic.minInsyncReplicas).toBeGreaterThan(0);
      expect(result.topic.hasUncleanElection).toBe(false);
      expect(result.topic.maxMessageBytes).toBe(1_048_588);
    });

    it('says that a topic is missing and does not create it', async () => {
      expect(await driver.describe('absent')).toMatchObject({ reason: 'missing_topic' });
      expect(await driver.send('absent', 0, [record('1')])).toMatchObject({
        reason: 'missing_topic',
      });
      expect(await harness.topics()).not.toContain('absent');
    });

    it('puts records into the named partition, in their order, and gives the offset', async () => {
      await harness.createTopic('sent', 3);
      const first = await driver.send('sent', 2, [record('1'), record('2')]);
      const second = await driver.send('sent', 2, [record('3')]);
      expect(first).toEqual(stored(2, '0'));
      expect(second).toEqual(stored(2, '2'));
      const read = await harness.read('sent');
      expect(read.map(({ partition }) => partition)).toEqual([2, 2, 2]);
      expect(read.map(({ value }) => value)).toEqual(['value 1', 'value 2', 'value 3']);
    });

    it('keeps key, value and headers byte for byte', async () => {
      await harness.createTopic('kept', 1);
      const sent = { ...record('ü'), headers: { 'content-type': 'application/json', 'x-ö': 'ß€' } };
      await driver.send('kept', 0, [sent]);
      const [read] = await harness.read('kept');
      expect(read).toMatchObject({ key: 'key ü', value: 'value ü', headers: sent.headers });
    });

    it('sends to several partitions at a time', async () => {
      await harness.createTopic('parallel', 4);
      const results = await Promise.all(
        [0, 1, 2, 3].map((p) => driver.send('parallel', p, [record(`${p}`)])),
      );
      expect(results).toEqual([0, 1, 2, 3].map((p) => stored(p, '0')));
    });

    it('claims nothing of a partition that is not there', async () => {
      await harness.createTopic('small', 1);
      const result = await driver.send('small', 7, [record('1')]);
      if (result.kind === 'answered') expect(result.receipts).toEqual([]);
      expect(await harness.read('small')).toEqual([]);
    });

    it('finds partitions that were added', async () => {
      await harness.createTopic('grown', 1);
      await driver.send('grown', 0, [record('1')]);
      await harness.addPartitions('grown', 2);
      const found = await driver.describe('grown');
      expect(found).toMatchObject({ topic: { partitionCount: 2 } });
      await poll(
        'a send to the new partition',
        async () => isStored(await send('grown', 1)),
        20_000,
      );
    });

    it('fails in time while Kafka is down, and works again by itself', async () => {
      await harness.createTopic('resumed', 1);
      await driver.send('resumed', 0, [record('1')]);
      await harness.stopKafka();
      const begin = performance.now();
      expect((await send('resumed', 0)).kind).toBe('failed');
      expect(performance.now() - begin).toBeLessThan(limits.sendTimeoutMs + 500);
      expect((await driver.describe('resumed')).kind).toBe('failed');
      await harness.startKafka();
      await poll(
        'a send after the restart',
        async () => isStored(await send('resumed', 0)),
        30_000,
      );
      expect(await driver.describe('resumed')).toMatchObject({ kind: 'described' });
    });

    it('fails after it is closed', async () => {
      await harness.createTopic('closed', 1);
      await driver.send('closed', 0, [record('1')]);
      await driver.close(limits.disconnectTimeoutMs);
      expect((await send('closed', 0)).kind).toBe('failed');
    });

    const send = (topic: string, partition: number): Promise<SendResult> =>
      driver.send(topic, partition, [record('again')]);
  });
}

function record(name: string): KafkaRecord {
  return { key: Buffer.from(`key ${name}`), value: Buffer.from(`value ${name}`), headers: {} };
}

function stored(partition: number, offset: string): SendResult {
  return { kind: 'answered', receipts: [{ partition, errorCode: 0, offset }] };
}

function isStored(result: SendResult): boolean {
  return result.kind === 'answered' && result.receipts.length === 1;
}
