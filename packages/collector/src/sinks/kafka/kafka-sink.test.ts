import type { AcceptedEvent } from '@holdfast/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { acceptedEvent } from '../../../test/support/accepted-event.js';
import { FakeClock } from '../../../test/support/fake-clock.js';
import { FakeKafkaDriver } from '../../../test/support/fake-kafka-driver.js';
import { passTime, settle } from '../../../test/support/pass-time.js';
import { SeededRandom } from '../../../test/support/seeded-random.js';
import type { LogFields, LogLevel } from '../../ports.js';
import type { SinkOutcome } from '../event-sink.js';
import { KafkaSink, type KafkaSinkOptions } from './kafka-sink.js';
import { kafkaSinkLimits as limits, partitionBreaker } from './limits.js';
import { partitionOf } from './partitioner.js';

const stored: SinkOutcome = { kind: 'stored' };
const busy: SinkOutcome = { kind: 'retry', code: 'sink_busy' };
const partitionDown: SinkOutcome = { kind: 'retry', code: 'partition_unavailable' };
const sinkDown: SinkOutcome = { kind: 'retry', code: 'sink_unavailable' };

const partitionCount = 4;

describe('KafkaSink', () => {
  let clock: FakeClock;
  let driver: FakeKafkaDriver;
  let log: { level: LogLevel; message: string; fields: LogFields | undefined }[];
  beforeEach(() => {
    clock = new FakeClock();
    driver = new FakeKafkaDriver();
    driver.createTopic('events', { partitionCount });
    log = [];
  });

  function createSink(options: Partial<KafkaSinkOptions> = {}): KafkaSink {
    return new KafkaSink(
      { topic: 'events', allowSingleCopy: false, ...options },
      {
        driver,
        clock,
        random: new SeededRandom(1),
        logger: { log: (level, message, fields) => log.push({ level, message, fields }) },
      },
    );
  }

  async function openSink(options: Partial<KafkaSinkOptions> = {}): Promise<KafkaSink> {
    const sink = createSink(options);
    await sink.open();
    return sink;
  }

  /** What a write was answered with, or undefined while it was not. */
  function watch(write: Promise<readonly SinkOutcome[]>): { outcomes?: readonly SinkOutcome[] } {
    const seen: { outcomes?: readonly SinkOutcome[] } = {};
    void write.then((outcomes) => {
      seen.outcomes = outcomes;
    });
    return seen;
  }

  describe('sending', () => {
    it('stores events in the partition of their key', async () => {
      const sink = await openSink();
      const events = Array.from({ length: 20 }, (_, i) => acceptedEvent(`e${i}`));
      expect(await sink.write(events)).toEqual(events.map(() => stored));
      for (const record of driver.recordsOf('events')) {
        expect(record.partition).toBe(partitionOf(record.key, partitionCount));
      }
      expect(driver.recordsOf('events')).toHaveLength(20);
    });

    it('sends the very bytes and headers of the event', async () => {
      const sink = await openSink();
      const event = acceptedEvent('e1', { partitionKey: 'Zoë' });
      await sink.write([event]);
      const [record] = driver.recordsOf('events');
      expect(record?.key.toString()).toBe('Zoë');
      expect(record?.headers).toBe(event.headers);
      expect(record?.value.buffer).toBe(event.bytes.buffer);
      expect(record?.value).toEqual(event.bytes);
    });

    it('makes one send a partition of one write', async () => {
      const sink = await openSink();
      await sink.write([...inPartition(0, 5), ...inPartition(1, 5)]);
      expect(driver.sends.map(({ records }) => records.length)).toEqual([5, 5]);
    });

    it('has one send under way a partition, and several partitions at a time', async () => {
      driver.hanging.add(0);
      const sink = await openSink();
      const first = sink.write(inPartition(0, 1));
      await settle();
      const second = sink.write(inPartition(0, 1));
      expect(await sink.write(inPartition(1, 1))).toEqual([stored]);
      expect(driver.held).toHaveLength(1);
      driver.hanging.clear();
      driver.held[0]?.answer();
      expect(await Promise.all([first, second])).toEqual([[stored], [stored]]);
    });

    it('sends everything that waited meanwhile together', async () => {
      driver.hanging.add(0);
      const sink = await openSink();
      const writes = [sink.write(inPartition(0, 1))];
      await settle();
      for (let i = 0; i < 10; i++) writes.push(sink.write(inPartition(0, 3)));
      driver.hanging.clear();
      driver.held[0]?.answer();
      await Promise.all(writes);
      expect(driver.sends.map(({ records }) => records.length)).toEqual([1, 30]);
    });

    it('sends at most 900 kB at a time', async () => {
      const sink = await openSink();
      const events = inPartition(0, 100, { bytes: Buffer.alloc(30_000, ' ') });
      expect(await sink.write(events)).toEqual(events.map(() => stored));
      expect(driver.sends.map(({ records }) => records.length)).toEqual([29, 29, 29, 13]);
    });

    it('sends no more than the topic takes', async () => {
      driver.changeTopic('events', { maxMessageBytes: 100_000 });
      const sink = await openSink();
      await sink.write(inPartition(0, 6, { bytes: Buffer.alloc(30_000, ' ') }));
      expect(driver.sends.map(({ records }) => records.length)).toEqual([3, 3]);
    });

    it('answers a write of nothing', async () => {
      const sink = await openSink();
      expect(await sink.write([])).toEqual([]);
    });
  });

  describe('checking the answer', () => {
    it.each([
      ['no receipt', []],
      ['another partition', [{ partition: 3, errorCode: 0, offset: '0' }]],
      ['an error code', [{ partition: 0, errorCode: 6, offset: '0' }]],
      ['no offset', [{ partition: 0, errorCode: 0, offset: undefined }]],
      ['an offset of -1', [{ partition: 0, errorCode: 0, offset: '-1' }]],
      [
        'a second receipt',
        [
          { partition: 0, errorCode: 0, offset: '0' },
          { partition: 1, errorCode: 0, offset: '0' },
        ],
      ],
    ])('does not take %s for stored, and sends the same records again', async (_, receipts) => {
      const good = driver.receiptsOf;
      driver.receiptsOf = () => receipts;
      const sink = await openSink();
      const write = watch(sink.write(inPartition(0, 2)));
      await settle();
      expect(write.outcomes).toBeUndefined();
      driver.receiptsOf = good;
      await passTime(clock, limits.minBackoffMs);
      expect(write.outcomes).toEqual([stored, stored]);
      expect(driver.sends).toHaveLength(2);
      expect(driver.sends[1]).toEqual(driver.sends[0]);
    });

    it('answers retry after the last attempt', async () => {
      driver.broken.add(0);
      const sink = await openSink();
      const write = watch(sink.write(inPartition(0, 1)));
      await passTime(clock, limits.writeTimeoutMs - 1);
      expect(write.outcomes).toEqual([partitionDown]);
      expect(driver.sends).toHaveLength(limits.maxAttempts);
    });
  });

  describe('a partition that hangs', () => {
    it('is answered retry within the time of a write, the others stored at once', async () => {
      driver.hanging.add(0);
      const sink = await openSink();
      const hung = watch(sink.write([...inPartition(0, 1), ...inPartition(1, 1)]));
      expect(await sink.write(inPartition(1, 1))).toEqual([stored]);
      await passTime(clock, limits.writeTimeoutMs - 50);
      expect(hung.outcomes).toBeUndefined();
      await passTime(clock, 50);
      expect(hung.outcomes).toEqual([partitionDown, stored]);
    });

    it('does not send what nobody waits for any more', async () => {
      driver.hanging.add(0);
      const sink = await openSink();
      const writes = [watch(sink.write(inPartition(0, 1)))];
      await settle();
      writes.push(watch(sink.write(inPartition(0, 1))));
      await passTime(clock, limits.writeTimeoutMs);
      expect(writes.map(({ outcomes }) => outcomes)).toEqual([[partitionDown], [partitionDown]]);
      driver.hanging.clear();
      driver.held[0]?.answer();
      await settle();
      expect(driver.sends).toHaveLength(1);
      expect(await sink.write(inPartition(0, 1))).toEqual([stored]);
    });

    it('holds an eighth of the bytes; beyond it its events are sink_busy at once', async () => {
      driver.hanging.add(0);
      const sink = await openSink({ maxInFlightBytes: 800_000 });
      const events = inPartition(0, 5, { bytes: Buffer.alloc(30_000, ' ') });
      const hung = watch(sink.write(events));
      expect(await sink.write(inPartition(0, 1, { bytes: Buffer.alloc(30_000, ' ') }))).toEqual([
        busy,
      ]);
      expect(await sink.write(inPartition(1, 1))).toEqual([stored]);
      await passTime(clock, limits.writeTimeoutMs);
      expect(hung.outcomes).toEqual([partitionDown, partitionDown, partitionDown, busy, busy]);
    });

    it('shares the rest: partitions that hang together hold no more than all bytes', async () => {
      for (let partition = 0; partition < 12; partition++) driver.hanging.add(partition);
      driver.changeTopic('events', { partitionCount: 12 });
      const sink = await openSink({ maxInFlightBytes: 400_000 });
      const events = Array.from({ length: 100 }, (_, i) =>
        acceptedEvent(`e${i}`, { bytes: Buffer.alloc(10_000, ' ') }),
      );
      const write = watch(sink.write(events));
      await passTime(clock, limits.writeTimeoutMs);
      const taken = write.outcomes?.filter((outcome) => !isBusy(outcome));
      expect(taken).toHaveLength(39);
    });

    it('gives its bytes back', async () => {
      driver.hanging.add(0);
      const sink = await openSink({ maxInFlightBytes: 800_000 });
      const events = inPartition(0, 3, { bytes: Buffer.alloc(30_000, ' ') });
      for (let i = 0; i < 3; i++) {
        const write = watch(sink.write(events));
        await passTime(clock, limits.writeTimeoutMs);
        expect(write.outcomes).toEqual([partitionDown, partitionDown, partitionDown]);
        driver.held.pop()?.answer();
        await settle();
      }
      driver.hanging.clear();
      expect(await sink.write(events)).toEqual([stored, stored, stored]);
    });
  });

  describe('breakers', () => {
    /** Writes until the breaker of partition 0 has seen enough failures. */
    async function openBreakers(sink: KafkaSink, partitions: readonly number[]): Promise<void> {
      for (const partition of partitions) driver.broken.add(partition);
      const writes = Math.ceil(partitionBreaker.minimumCalls / limits.maxAttempts);
      for (let i = 0; i < writes; i++) {
        const events = partitions.flatMap((partition) => inPartition(partition, 1));
        void sink.write(events);
        await passTime(clock, limits.writeTimeoutMs);
      }
    }

    it("open for one partition's failures alone", async () => {
      const sink = await openSink();
      await openBreakers(sink, [0]);
      const sends = driver.sends.length;
      expect(sends).toBe(partitionBreaker.minimumCalls);
      expect(await sink.write([...inPartition(0, 1), ...inPartition(1, 1)])).toEqual([
        partitionDown,
        stored,
      ]);
      expect(driver.sends).toHaveLength(sends + 1);
      expect(sink.availability()).toEqual({ isAvailable: true });
    });

    it('try again after 30 s and close by themselves', async () => {
      const sink = await openSink();
      await openBreakers(sink, [0]);
      driver.broken.clear();
      expect(await sink.write(inPartition(0, 1))).toEqual([partitionDown]);
      await passTime(clock, partitionBreaker.openMs);
      for (let i = 0; i < partitionBreaker.halfOpenCalls + 1; i++) {
        expect(await sink.write(inPartition(0, 1))).toEqual([stored]);
      }
    });

    it('all open: not available until the first of them may be tried', async () => {
      const sink = await openSink();
      await openBreakers(sink, [0, 1, 2, 3]);
      const { isAvailable, retryAfterMs } = sink.availability();
      expect(isAvailable).toBe(false);
      expect(retryAfterMs).toBeGreaterThan(partitionBreaker.openMs - limits.writeTimeoutMs);
      const sends = driver.sends.length;
      expect(await sink.write(inPartition(0, 1))).toEqual([sinkDown]);
      expect(driver.sends).toHaveLength(sends);
      await passTime(clock, retryAfterMs ?? 0);
      expect(sink.availability()).toEqual({ isAvailable: true });
    });
  });

  describe('the look at the topic', () => {
    it('finds a topic with three replicas safe: acks say kafka', async () => {
      const sink = await openSink();
      expect(sink.durable).toBe('kafka');
      expect(sink.availability()).toEqual({ isAvailable: true });
    });

    it.each([
      ['replication factor 2', { replication: 2 }],
      ['min.insync.replicas=1', { minInsyncReplicas: 1 }],
      ['unclean.leader.election.enable=true', { hasUncleanElection: true }],
    ])('refuses %s, and takes it with allowSingleCopy', async (fault, description) => {
      driver.changeTopic('events', description);
      await expect(openSink()).rejects.toMatchObject({
        code: 'unsafe_topic',
        message: expect.stringMatching(new RegExp(`${fault}.*--allow-single-copy`)),
      });
      driver = new FakeKafkaDriver();
      driver.createTopic('events', { partitionCount, ...description });
      const sink = await openSink({ allowSingleCopy: true });
      expect(sink.durable).toBe('kafka-single');
      expect(await sink.write(inPartition(0, 1))).toEqual([stored]);
    });

    it('refuses a topic that does not exist, and one too small for an event', async () => {
      await expect(createSink({ topic: 'evnets' }).open()).rejects.toMatchObject({
        code: 'missing_topic',
        message: expect.stringContaining('"evnets"'),
      });
      driver = new FakeKafkaDriver();
      driver.createTopic('events', { maxMessageBytes: 10_000 });
      await expect(openSink()).rejects.toMatchObject({ code: 'small_messages' });
    });

    it('refuses a login or certificate that Kafka does not take', async () => {
      driver.describeFailure = { kind: 'failed', reason: 'refused', detail: 'no such user' };
      await expect(openSink()).rejects.toMatchObject({
        code: 'access_refused',
        message: expect.stringContaining('no such user'),
      });
    });

    it('opens while Kafka is away, is not available, and is once Kafka is back', async () => {
      driver.isDown = true;
      const sink = await openSink();
      expect(sink.availability()).toMatchObject({ isAvailable: false });
      expect(await sink.write(inPartition(0, 1))).toEqual([sinkDown]);
      await passTime(clock, 60_000);
      expect(sink.availability()).toMatchObject({ isAvailable: false });
      driver.isDown = false;
      await passTime(clock, limits.recheckEveryMs);
      expect(sink.availability()).toEqual({ isAvailable: true });
      expect(await sink.write(inPartition(0, 1))).toEqual([stored]);
    });

    it('does not write to a topic that turns out unfit after Kafka was away', async () => {
      driver.isDown = true;
      driver.changeTopic('events', { replication: 1 });
      const sink = await openSink();
      driver.isDown = false;
      await passTime(clock, limits.recheckEveryMs);
      expect(sink.availability()).toMatchObject({ isAvailable: false });
      expect(log.at(-1)).toMatchObject({ level: 'error', fields: { code: 'unsafe_topic' } });
    });

    it('is repeated every minute', async () => {
      const sink = await openSink();
      driver.changeTopic('events', { minInsyncReplicas: 1 });
      await passTime(clock, limits.checkEveryMs);
      expect(sink.availability()).toMatchObject({ isAvailable: false });
      driver.changeTopic('events', { minInsyncReplicas: 2 });
      await passTime(clock, limits.recheckEveryMs);
      expect(sink.availability()).toEqual({ isAvailable: true });
    });

    it('turns acks into kafka-single when the topic grows worse and that is allowed', async () => {
      const sink = await openSink({ allowSingleCopy: true });
      expect(sink.durable).toBe('kafka');
      driver.changeTopic('events', { replication: 1 });
      await passTime(clock, limits.checkEveryMs);
      expect(sink.durable).toBe('kafka-single');
    });

    it('follows partitions that are added', async () => {
      const sink = await openSink();
      driver.changeTopic('events', { partitionCount: 8 });
      await passTime(clock, limits.checkEveryMs);
      const events = Array.from({ length: 100 }, (_, i) => acceptedEvent(`e${i}`));
      await sink.write(events);
      expect(new Set(driver.recordsOf('events').map(({ partition }) => partition)).size).toBe(8);
    });

    it('comes early when sends fail, so that clients are told at once', async () => {
      const sink = await openSink();
      await passTime(clock, limits.recheckEveryMs);
      driver.isDown = true;
      const write = watch(sink.write(inPartition(0, 1)));
      await settle();
      expect(sink.availability()).toMatchObject({ isAvailable: false });
      driver.isDown = false;
      await passTime(clock, limits.recheckEveryMs);
      expect(sink.availability()).toEqual({ isAvailable: true });
      expect(write.outcomes).toEqual([stored]);
    });

    it('does not count when it finds nobody while sends are stored', async () => {
      const sink = await openSink();
      const describe = driver.describe.bind(driver);
      let tell: () => void = () => undefined;
      driver.describe = async () => {
        await new Promise<void>((resolve) => {
          tell = resolve;
        });
        return { kind: 'failed', reason: 'timeout', detail: 'asked the one that hangs' };
      };
      await passTime(clock, limits.checkEveryMs);
      expect(await sink.write(inPartition(0, 1))).toEqual([stored]);
      tell();
      driver.describe = describe;
      await settle();
      expect(sink.availability()).toEqual({ isAvailable: true });
    });

    it('logs a change once', async () => {
      driver.isDown = true;
      const sink = await openSink();
      await passTime(clock, 20_000);
      driver.isDown = false;
      await passTime(clock, 120_000);
      expect(log.map(({ message }) => message)).toEqual(['Kafka is away', 'Kafka is ready']);
      await sink.close(0);
    });
  });

  describe('closing', () => {
    it('waits for what is under way', async () => {
      driver.hanging.add(0);
      const sink = await openSink();
      const write = sink.write(inPartition(0, 1));
      await settle();
      const closing = sink.close(10_000);
      driver.held[0]?.answer();
      await closing;
      expect(await write).toEqual([stored]);
    });

    it('answers the rest retry when its time is over', async () => {
      driver.hanging.add(0);
      const sink = await openSink();
      const write = watch(sink.write(inPartition(0, 1)));
      await settle();
      const closing = sink.close(3_000);
      await passTime(clock, 3_000);
      await closing;
      expect(write.outcomes).toEqual([partitionDown]);
    });

    it('takes nothing afterwards and leaves no timer', async () => {
      const sink = await openSink();
      await sink.write(inPartition(0, 1));
      await sink.close(1_000);
      expect(sink.availability()).toEqual({ isAvailable: false });
      expect(await sink.write(inPartition(0, 1))).toEqual([sinkDown]);
      expect(clock.timerCount).toBe(0);
    });
  });
});

function isBusy(outcome: SinkOutcome): boolean {
  return outcome.kind === 'retry' && outcome.code === 'sink_busy';
}

let made = 0;

/** Events whose key leads to the partition. */
function inPartition(
  partition: number,
  count: number,
  change: Partial<AcceptedEvent> = {},
): AcceptedEvent[] {
  const events: AcceptedEvent[] = [];
  while (events.length < count) {
    const eventId = `e${++made}`;
    if (partitionOf(Buffer.from(eventId), partitionCount) !== partition) continue;
    events.push(acceptedEvent(eventId, change));
  }
  return events;
}
