import type { AcceptedEvent } from '@holdfast/protocol';
import { silentLogger } from '@holdfast/server-core/json-logger';
import type { Logger } from '@holdfast/server-core/ports';
import { systemClock } from '@holdfast/server-core/system-clock';
import { systemRandom } from '@holdfast/server-core/system-random';
import type { SinkOutcome } from '../../src/sinks/event-sink.js';
import { createKafkaSink } from '../../src/sinks/kafka/create-kafka-sink.js';
import type { KafkaConnection } from '../../src/sinks/kafka/kafka-driver.js';
import type { KafkaSink, KafkaSinkOptions } from '../../src/sinks/kafka/kafka-sink.js';

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
