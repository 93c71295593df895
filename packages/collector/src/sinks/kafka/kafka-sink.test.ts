import { beforeEach, describe, expect, it } from 'vitest';
import { passTime, settle } from '../../../../server-core/test/support/pass-time.js';
import { acceptedEvent } from '../../../test/support/accepted-event.js';
import {
  FakedKafka,
  inPartition,
  partitionCount,
  partitionDown,
  sinkDown,
  stored,
  watch,
} from '../../../test/support/faked-kafka.js';
import { kafkaRecord, recordBytes } from './kafka-record.js';
import { kafkaSinkLimits as limits } from './limits.js';
import { partitionOf } from './partitioner.js';

describe('KafkaSink', () => {
  let kafka: FakedKafka;
  beforeEach(() => {
    kafka = new FakedKafka();
  });

  describe('sending', () => {
    it('stores events in the partition of their key', async () => {
      const sink = await kafka.openSink();
      const events = Array.from({ length: 20 }, (_, i) => acceptedEvent(`e${i}`));
      expect(await sink.write(events)).toEqual(events.map(() => stored));
      for (const record of kafka.driver.recordsOf('events')) {
        expect(record.partition).toBe(partitionOf(record.key, partitionCount));
      }
      expect(kafka.driver.recordsOf('events')).toHaveLength(20);
    });

    it('sends the very bytes and headers of the event', async () => {
      const sink = await kafka.openSink();
      const event = acceptedEvent('e1', { partitionKey: 'Zoë' });
      await sink.write([event]);
      const [record] = kafka.driver.recordsOf('events');
      expect(record?.key.toString()).toBe('Zoë');
      expect(record?.headers).toBe(event.headers);
      expect(record?.value.buffer).toBe(event.bytes.buffer);
      expect(record?.value).toEqual(event.bytes);
    });

    it('counts the bytes of headers, not their letters', () => {
      const { headers } = acceptedEvent('e1');
      const bytesWith = (hf_user_agent: string) =>
        recordBytes(kafkaRecord(acceptedEvent('e1', { headers: { ...headers, hf_user_agent } })));
      expect(bytesWith('ü'.repeat(100)) - bytesWith('u'.repeat(100))).toBe(100);
    });

    it('makes one send a partition of one write', async () => {
      const sink = await kafka.openSink();
      await sink.write([...inPartition(0, 5), ...inPartition(1, 5)]);
      expect(kafka.driver.sends.map(({ records }) => records.length)).toEqual([5, 5]);
    });

    it('has one send under way a partition, and several partitions at a time', async () => {
      kafka.driver.hanging.add(0);
      const sink = await kafka.openSink();
      const first = sink.write(inPartition(0, 1));
      await settle();
      const second = sink.write(inPartition(0, 1));
      expect(await sink.write(inPartition(1, 1))).toEqual([stored]);
      expect(kafka.driver.held).toHaveLength(1);
      kafka.driver.hanging.clear();
      kafka.driver.held[0]?.answer();
      expect(await Promise.all([first, second])).toEqual([[stored], [stored]]);
    });

    it('sends everything that waited meanwhile together', async () => {
      kafka.driver.hanging.add(0);
      const sink = await kafka.openSink();
      const writes = [sink.write(inPartition(0, 1))];
      await settle();
      for (let i = 0; i < 10; i++) writes.push(sink.write(inPartition(0, 3)));
      kafka.driver.hanging.clear();
      kafka.driver.held[0]?.answer();
      await Promise.all(writes);
      expect(kafka.driver.sends.map(({ records }) => records.length)).toEqual([1, 30]);
    });

    it('sends at most 900 kB at a time', async () => {
      const sink = await kafka.openSink();
      const events = inPartition(0, 100, { bytes: Buffer.alloc(30_000, ' ') });
      expect(await sink.write(events)).toEqual(events.map(() => stored));
      expect(kafka.driver.sends.map(({ records }) => records.length)).toEqual([29, 29, 29, 13]);
    });

    it('sends no more than the topic takes', async () => {
      kafka.driver.changeTopic('events', { maxMessageBytes: 100_000 });
      const sink = await kafka.openSink();
      await sink.write(inPartition(0, 6, { bytes: Buffer.alloc(30_000, ' ') }));
      expect(kafka.driver.sends.map(({ records }) => records.length)).toEqual([3, 3]);
    });

    it('answers a write of nothing', async () => {
      const sink = await kafka.openSink();
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
      const good = kafka.driver.receiptsOf;
      kafka.driver.receiptsOf = () => receipts;
      const sink = await kafka.openSink();
      const write = watch(sink.write(inPartition(0, 2)));
      await settle();
      expect(write.outcomes).toBeUndefined();
      kafka.driver.receiptsOf = good;
      await passTime(kafka.clock, limits.minBackoffMs);
      expect(write.outcomes).toEqual([stored, stored]);
      expect(kafka.driver.sends).toHaveLength(2);
      expect(kafka.driver.sends[1]).toEqual(kafka.driver.sends[0]);
    });

    it('answers retry after the last attempt', async () => {
      kafka.driver.broken.add(0);
      const sink = await kafka.openSink();
      const write = watch(sink.write(inPartition(0, 1)));
      await passTime(kafka.clock, limits.writeTimeoutMs - 1);
      expect(write.outcomes).toEqual([partitionDown]);
      expect(kafka.driver.sends).toHaveLength(limits.maxAttempts);
    });
  });

  describe('closing', () => {
    it('waits for what is under way', async () => {
      kafka.driver.hanging.add(0);
      const sink = await kafka.openSink();
      const write = sink.write(inPartition(0, 1));
      await settle();
      const closing = sink.close(10_000);
      kafka.driver.held[0]?.answer();
      await closing;
      expect(await write).toEqual([stored]);
    });

    it('answers the rest retry when its time is over', async () => {
      kafka.driver.hanging.add(0);
      const sink = await kafka.openSink();
      const write = watch(sink.write(inPartition(0, 1)));
      await settle();
      const closing = sink.close(3_000);
      await passTime(kafka.clock, 3_000);
      await closing;
      expect(write.outcomes).toEqual([partitionDown]);
    });

    it('takes nothing afterwards and leaves no timer', async () => {
      const sink = await kafka.openSink();
      await sink.write(inPartition(0, 1));
      await sink.close(1_000);
      expect(sink.availability()).toEqual({ isAvailable: false });
      expect(await sink.write(inPartition(0, 1))).toEqual([sinkDown]);
      expect(kafka.clock.timerCount).toBe(0);
    });
  });
});
