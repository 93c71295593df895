import type { Clock, Logger, Random } from '../../ports.js';
import { KafkaSink, type KafkaSinkOptions } from './kafka-sink.js';
import { type KafkaConnection, KafkajsDriver } from './kafkajs-driver.js';

export interface KafkaSinkParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A Kafka sink over kafkajs. */
export function createKafkaSink(
  options: KafkaConnection & KafkaSinkOptions,
  parts: KafkaSinkParts,
): KafkaSink {
  return new KafkaSink(options, { ...parts, driver: new KafkajsDriver(options, parts.clock) });
}
