import type { AcceptedEvent } from '@holdfast/protocol';
import type { LogFields, LogLevel } from '@holdfast/server-core/ports';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { FakeClock } from '../../../server-core/test/support/fake-clock.js';
import type { SinkOutcome } from '../../src/sinks/event-sink.js';
import { KafkaSink, type KafkaSinkOptions } from '../../src/sinks/kafka/kafka-sink.js';
import { partitionOf } from '../../src/sinks/kafka/partitioner.js';
import { acceptedEvent } from './accepted-event.js';
import { FakeKafkaDriver } from './fake-kafka-driver.js';

export const partitionCount = 4;

export const stored: SinkOutcome = { kind: 'stored' };
export const busy: SinkOutcome = { kind: 'retry', code: 'sink_busy' };
export const partitionDown: SinkOutcome = { kind: 'retry', code: 'partition_unavailable' };
export const sinkDown: SinkOutcome = { kind: 'retry', code: 'sink_unavailable' };

/** A fake Kafka with the topic `events`, and sinks on it. */
export class FakedKafka {
  readonly clock = new FakeClock();
  readonly driver = new FakeKafkaDriver();
  readonly log: { level: LogLevel; message: string; fields: LogFields | undefined }[] = [];

  constructor() {
    this.driver.createTopic('events', { partitionCount });
  }

  createSink(options: Partial<KafkaSinkOptions> = {}): KafkaSink {
    const { clock, driver, log } = this;
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

  async openSink(options: Partial<KafkaSinkOptions> = {}): Promise<KafkaSink> {
    const sink = this.createSink(options);
    await sink.open();
    return sink;
  }
}

/** What a write was answered with, or undefined while it was not. */
export function watch(write: Promise<readonly SinkOutcome[]>): {
  outcomes?: readonly SinkOutcome[];
} {
  const seen: { outcomes?: readonly SinkOutcome[] } = {};
  void write.then((outcomes) => {
    seen.outcomes = outcomes;
  });
  return seen;
}

let made = 0;

/** Events whose key leads to the partition. */
export function inPartition(
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
