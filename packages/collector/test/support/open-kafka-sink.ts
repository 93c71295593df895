import type { AcceptedEvent } from '@holdfast/protocol';
import { silentLogger } from '../../src/json-logger.js';
import type { Logger } from '../../src/ports.js';
import type { SinkOutcome } from '../../src/sinks/event-sink.js';
import { createKafkaSink } from '../../src/sinks/kafka/create-kafka-sink.js';
import type { KafkaSink, KafkaSinkOptions } from '../../src/sinks/kafka/kafka-sink.js';
import type { KafkaConnection } from '../../src/sinks/kafka/kafkajs-driver.js';
import { systemClock } from '../../src/system-clock.js';
import { systemRandom } from '../../src/system-random.js';

/** An opened sink over kafkajs with real time and chance. */
export async function openKafkaSink(
  options: KafkaConnection & { topic: string } & Partial<KafkaSinkOptions>,
  logger: Logger = silentLogger,
): Promise<KafkaSink> {
  const sink = createKafkaSink(
    { allowSingleCopy: false, ...options },
    { clock: systemClock, random: systemRandom, logger },
  );
  await sink.open();
  return sink;
}

/** The eventIds that were answered `stored`. */
export function storedIds(
  events: readonly AcceptedEvent[],
  outcomes: readonly SinkOutcome[],
): string[] {
  return events
    .filter((_, index) => outcomes[index]?.kind === 'stored')
    .map(({ eventId }) => eventId);
}
