import { beforeEach, describe, expect, it } from 'vitest';
import { passTime, settle } from '../../../../server-core/test/support/pass-time.js';
import { acceptedEvent } from '../../../test/support/accepted-event.js';
import {
  busy,
  FakedKafka,
  inPartition,
  partitionDown,
  sinkDown,
  stored,
  watch,
} from '../../../test/support/faked-kafka.js';
import type { SinkOutcome } from '../event-sink.js';
import type { KafkaSink } from './kafka-sink.js';
import { kafkaSinkLimits as limits, partitionBreaker } from './limits.js';

describe('KafkaSink while partitions fail', () => {
  let kafka: FakedKafka;
  beforeEach(() => {
    kafka = new FakedKafka();
  });

  describe('a partition that hangs', () => {
    it('is answered retry within the time of a write, the others stored at once', async () => {
      kafka.driver.hanging.add(0);
      const sink = await kafka.openSink();
      const hung = watch(sink.write([...inPartition(0, 1), ...inPartition(1, 1)]));
      expect(await sink.write(inPartition(1, 1))).toEqual([stored]);
      await passTime(kafka.clock, limits.writeTimeoutMs - 50);
      expect(hung.outcomes).toBeUndefined();
      await passTime(kafka.clock, 50);
      expect(hung.outcomes).toEqual([partitionDown, stored]);
    });

    it('does not send what nobody waits for any more', async () => {
      kafka.driver.hanging.add(0);
      const sink = await kafka.openSink();
      const writes = [watch(sink.write(inPartition(0, 1)))];
      await settle();
      writes.push(watch(sink.write(inPartition(0, 1))));
      await passTime(kafka.clock, limits.writeTimeoutMs);
      expect(writes.map(({ outcomes }) => outcomes)).toEqual([[partitionDown], [partitionDown]]);
      kafka.driver.hanging.clear();
      kafka.driver.held[0]?.answer();
      await settle();
      expect(kafka.driver.sends).toHaveLength(1);
      expect(await sink.write(inPartition(0, 1))).toEqual([stored]);
    });

    it('holds an eighth of the bytes; beyond it its events are sink_busy at once', async () => {
      kafka.driver.hanging.add(0);
      const sink = await kafka.openSink({ maxInFlightBytes: 800_000 });
      const events = inPartition(0, 5, { bytes: Buffer.alloc(30_000, ' ') });
      const hung = watch(sink.write(events));
      expect(await sink.write(inPartition(0, 1, { bytes: Buffer.alloc(30_000, ' ') }))).toEqual([
        busy,
      ]);
      expect(await sink.write(inPartition(1, 1))).toEqual([stored]);
      await passTime(kafka.clock, limits.writeTimeoutMs);
      expect(hung.outcomes).toEqual([partitionDown, partitionDown, partitionDown, busy, busy]);
    });

    it('shares the rest: partitions that hang together hold no more than all bytes', async () => {
      for (let partition = 0; partition < 12; partition++) kafka.driver.hanging.add(partition);
      kafka.driver.changeTopic('events', { partitionCount: 12 });
      const sink = await kafka.openSink({ maxInFlightBytes: 400_000 });
      const events = Array.from({ length: 100 }, (_, i) =>
        acceptedEvent(`e${i}`, { bytes: Buffer.alloc(10_000, ' ') }),
      );
      const write = watch(sink.write(events));
      await passTime(kafka.clock, limits.writeTimeoutMs);
      const taken = write.outcomes?.filter((outcome) => !isBusy(outcome));
      expect(taken).toHaveLength(39);
    });

    it('gives its bytes back', async () => {
      kafka.driver.hanging.add(0);
      const sink = await kafka.openSink({ maxInFlightBytes: 800_000 });
      const events = inPartition(0, 3, { bytes: Buffer.alloc(30_000, ' ') });
      for (let i = 0; i < 3; i++) {
        const write = watch(sink.write(events));
        await passTime(kafka.clock, limits.writeTimeoutMs);
        expect(write.outcomes).toEqual([partitionDown, partitionDown, partitionDown]);
        kafka.driver.held.pop()?.answer();
        await settle();
      }
      kafka.driver.hanging.clear();
      expect(await sink.write(events)).toEqual([stored, stored, stored]);
    });
  });

  describe('breakers', () => {
    /** Writes until the breaker of partition 0 has seen enough failures. */
    async function openBreakers(sink: KafkaSink, partitions: readonly number[]): Promise<void> {
      for (const partition of partitions) kafka.driver.broken.add(partition);
      const writes = Math.ceil(partitionBreaker.minimumCalls / limits.maxAttempts);
      for (let i = 0; i < writes; i++) {
        const events = partitions.flatMap((partition) => inPartition(partition, 1));
        void sink.write(events);
        await passTime(kafka.clock, limits.writeTimeoutMs);
      }
    }

    it("open for one partition's failures alone", async () => {
      const sink = await kafka.openSink();
      await openBreakers(sink, [0]);
      const sends = kafka.driver.sends.length;
      expect(sends).toBe(partitionBreaker.minimumCalls);
      expect(await sink.write([...inPartition(0, 1), ...inPartition(1, 1)])).toEqual([
        partitionDown,
        stored,
      ]);
      expect(kafka.driver.sends).toHaveLength(sends + 1);
      expect(sink.availability()).toEqual({ isAvailable: true });
    });

    it('tell their state by topic and partition', async () => {
      const sink = await kafka.openSink();
      const states = () => sink.breakers().map(({ name, state }) => `${name} ${state}`);
      expect(states()).toEqual([0, 1, 2, 3].map((partition) => `events/${partition} closed`));
      await openBreakers(sink, [2]);
      expect(states()[2]).toBe('events/2 open');
      kafka.driver.broken.clear();
      await passTime(kafka.clock, partitionBreaker.openMs);
      await sink.write(inPartition(2, 1));
      expect(states()[2]).toBe('events/2 half-open');
      expect(states()[1]).toBe('events/1 closed');
    });

    it('try again after 30 s and close by themselves', async () => {
      const sink = await kafka.openSink();
      await openBreakers(sink, [0]);
      kafka.driver.broken.clear();
      expect(await sink.write(inPartition(0, 1))).toEqual([partitionDown]);
      await passTime(kafka.clock, partitionBreaker.openMs);
      for (let i = 0; i < partitionBreaker.halfOpenCalls + 1; i++) {
        expect(await sink.write(inPartition(0, 1))).toEqual([stored]);
      }
    });

    it('all open: not available until the first of them may be tried', async () => {
      const sink = await kafka.openSink();
      await openBreakers(sink, [0, 1, 2, 3]);
      const { isAvailable, retryAfterMs } = sink.availability();
      expect(isAvailable).toBe(false);
      expect(retryAfterMs).toBeGreaterThan(partitionBreaker.openMs - limits.writeTimeoutMs);
      const sends = kafka.driver.sends.length;
      expect(await sink.write(inPartition(0, 1))).toEqual([sinkDown]);
      expect(kafka.driver.sends).toHaveLength(sends);
      await passTime(kafka.clock, retryAfterMs ?? 0);
      expect(sink.availability()).toEqual({ isAvailable: true });
    });
  });
});

function isBusy(outcome: SinkOutcome): boolean {
  return outcome.kind === 'retry' && outcome.code === 'sink_busy';
}
