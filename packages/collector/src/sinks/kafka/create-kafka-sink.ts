import type { SinkParts } from '../sink-kind.js';
import type { KafkaConnection } from './kafka-driver.js';
import { KafkaSink, type KafkaSinkOptions } from './kafka-sink.js';
import { KafkajsDriver } from './kafkajs-driver.js';

/** A Kafka sink over kafkajs. */
export function createKafkaSink(
  options: KafkaConnection & KafkaSinkOptions,
  parts: SinkParts,
): KafkaSink {
  return new KafkaSink(options, { ...parts, driver: new KafkajsDriver(options, parts.clock) });
}
