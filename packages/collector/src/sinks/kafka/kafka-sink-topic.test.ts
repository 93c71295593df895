import { beforeEach, describe, expect, it } from 'vitest';
import { passTime } from '../../../../server-core/test/support/pass-time.js';
import { acceptedEvent } from '../../../test/support/accepted-event.js';
import {
  FakedKafka,
  inPartition,
  partitionCount,
  sinkDown,
  stored,
} from '../../../test/support/faked-kafka.js';
import { kafkaSinkLimits as limits } from './limits.js';

const nobody = { kind: 'failed', reason: 'unreachable', detail: 'asked a dead broker' } as const;

describe('KafkaSink', () => {
  let kafka: FakedKafka;
  beforeEach(() => {
    kafka = new FakedKafka();
  });

  describe('the look at the topic', () => {
    it('finds a topic with three replicas safe: acks say kafka', async () => {
      const sink = await kafka.openSink();
      expect(sink.durable).toBe('kafka');
      expect(sink.availability()).toEqual({ isAvailable: true });
    });

    it.each([
      ['replication factor 2', { replication: 2 }],
      ['min.insync.replicas=1', { minInsyncReplicas: 1 }],
      ['unclean.leader.election.enable=true', { hasUncleanElection: true }],
    ])('refuses %s, and takes it with allowSingleCopy', async (fault, description) => {
      kafka.driver.changeTopic('events', description);
      await expect(kafka.openSink()).rejects.toMatchObject({
        code: 'unsafe_topic',
        message: expect.stringMatching(new RegExp(`${fault}.*--allow-single-copy`)),
      });
      kafka = new FakedKafka();
      kafka.driver.createTopic('events', { partitionCount, ...description });
      const sink = await kafka.openSink({ allowSingleCopy: true });
      expect(sink.durable).toBe('kafka-single');
      expect(await sink.write(inPartition(0, 1))).toEqual([stored]);
    });

    it('refuses a topic that does not exist, and one too small for an event', async () => {
      await expect(kafka.createSink({ topic: 'evnets' }).open()).rejects.toMatchObject({
        code: 'missing_topic',
        message: expect.stringContaining('"evnets"'),
      });
      kafka = new FakedKafka();
      kafka.driver.createTopic('events', { maxMessageBytes: 10_000 });
      await expect(kafka.openSink()).rejects.toMatchObject({ code: 'small_messages' });
    });

    it('refuses a login or certificate that Kafka does not take', async () => {
      kafka.driver.describeFailure = { kind: 'failed', reason: 'refused', detail: 'no such user' };
      await expect(kafka.openSink()).rejects.toMatchObject({
        code: 'access_refused',
        message: expect.stringContaining('no such user'),
      });
    });

    it('opens while Kafka is away, is not available, and is once Kafka is back', async () => {
      kafka.driver.isDown = true;
      const sink = await kafka.openSink();
      expect(sink.availability()).toMatchObject({ isAvailable: false });
      expect(await sink.write(inPartition(0, 1))).toEqual([sinkDown]);
      await passTime(kafka.clock, 60_000);
      expect(sink.availability()).toMatchObject({ isAvailable: false });
      kafka.driver.isDown = false;
      await passTime(kafka.clock, limits.recheckEveryMs);
      expect(sink.availability()).toEqual({ isAvailable: true });
      expect(await sink.write(inPartition(0, 1))).toEqual([stored]);
    });

    it('does not write to a topic that turns out unfit after Kafka was away', async () => {
      kafka.driver.isDown = true;
      kafka.driver.changeTopic('events', { replication: 1 });
      const sink = await kafka.openSink();
      kafka.driver.isDown = false;
      await passTime(kafka.clock, limits.recheckEveryMs);
      expect(sink.availability()).toMatchObject({ isAvailable: false });
      expect(kafka.log.at(-1)).toMatchObject({ level: 'error', fields: { code: 'unsafe_topic' } });
    });

    it('is repeated every minute', async () => {
      const sink = await kafka.openSink();
      kafka.driver.changeTopic('events', { minInsyncReplicas: 1 });
      await passTime(kafka.clock, limits.checkEveryMs);
      expect(sink.availability()).toMatchObject({ isAvailable: false });
      kafka.driver.changeTopic('events', { minInsyncReplicas: 2 });
      await passTime(kafka.clock, limits.recheckEveryMs);
      expect(sink.availability()).toEqual({ isAvailable: true });
    });

    it('turns acks into kafka-single when the topic grows worse and that is allowed', async () => {
      const sink = await kafka.openSink({ allowSingleCopy: true });
      expect(sink.durable).toBe('kafka');
      kafka.driver.changeTopic('events', { replication: 1 });
      await passTime(kafka.clock, limits.checkEveryMs);
      expect(sink.durable).toBe('kafka-single');
    });

    it('follows partitions that are added', async () => {
      const sink = await kafka.openSink();
      kafka.driver.changeTopic('events', { partitionCount: 8 });
      await passTime(kafka.clock, limits.checkEveryMs);
      const events = Array.from({ length: 100 }, (_, i) => acceptedEvent(`e${i}`));
      await sink.write(events);
      expect(new Set(kafka.driver.recordsOf('events').map(({ partition }) => partition)).size).toBe(
        8,
      );
    });

    it('comes early when sends fail, so that clients are told soon', async () => {
      const sink = await kafka.openSink();
      await passTime(kafka.clock, limits.recheckEveryMs);
      kafka.driver.isDown = true;
      void sink.write(inPartition(0, 1));
      await passTime(kafka.clock, limits.awayAfterMs + limits.recheckEveryMs);
      expect(sink.availability()).toMatchObject({ isAvailable: false });
      kafka.driver.isDown = false;
      await passTime(kafka.clock, limits.recheckEveryMs);
      expect(sink.availability()).toEqual({ isAvailable: true });
    });

    it('that asked a dead broker is repeated soon, and the last good one stands', async () => {
      const sink = await kafka.openSink();
      kafka.driver.describeFailure = nobody;
      await passTime(kafka.clock, limits.checkEveryMs);
      expect(sink.availability()).toEqual({ isAvailable: true });
      kafka.driver.describeFailure = undefined;
      kafka.driver.changeTopic('events', { minInsyncReplicas: 1 });
      await passTime(kafka.clock, limits.recheckEveryMs);
      expect(sink.availability()).toMatchObject({ isAvailable: false });
    });

    it('that finds nobody does not count as long as sends are stored', async () => {
      const sink = await kafka.openSink();
      kafka.driver.describeFailure = nobody;
      kafka.driver.broken.add(1);
      for (let passedMs = 0; passedMs < 2 * limits.checkEveryMs; passedMs += 1_000) {
        void sink.write(inPartition(1, 1));
        expect(await sink.write(inPartition(0, 1))).toEqual([stored]);
        expect(sink.availability()).toEqual({ isAvailable: true });
        await passTime(kafka.clock, 1_000);
      }
    });

    it('counts once nobody has answered anything for a while', async () => {
      const sink = await kafka.openSink();
      await sink.write(inPartition(0, 1));
      kafka.driver.isDown = true;
      await passTime(kafka.clock, limits.checkEveryMs);
      expect(sink.availability()).toEqual({ isAvailable: true });
      await passTime(kafka.clock, limits.awayAfterMs + limits.recheckEveryMs);
      expect(sink.availability()).toMatchObject({ isAvailable: false });
      expect(kafka.log.at(-1)).toMatchObject({ message: 'Kafka is away' });
    });

    it('logs a change once', async () => {
      kafka.driver.isDown = true;
      const sink = await kafka.openSink();
      await passTime(kafka.clock, 20_000);
      kafka.driver.isDown = false;
      await passTime(kafka.clock, 120_000);
      expect(kafka.log.map(({ message }) => message)).toEqual(['Kafka is away', 'Kafka is ready']);
      await sink.close(0);
    });
  });
});
