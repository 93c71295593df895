import { join } from 'node:path';
import { deadLetterTopic } from '@holdfast/protocol';
import type { Options } from '../config/parse-config.js';
import type { Clock, Logger, Random } from '../ports.js';
import { DeadLetterFiles } from './dead-letter-files.js';
import type { EventSink } from './event-sink.js';
import { FileSink } from './file-sink.js';
import { createKafkaSink } from './kafka/create-kafka-sink.js';

export interface SinkParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

type SinkName = Options['sinks'][number];

/** The sinks that the options name, not opened yet. */
export function createSinks(options: Options, parts: SinkParts): EventSink[] {
  return options.sinks.map((name) => createSink(name, options, parts));
}

/** Where refused events are kept, beside the first of the sinks: not opened yet. */
export function createDeadLetters(options: Options, parts: SinkParts): EventSink | undefined {
  const { sinks, dataFolder, kafka, maxDeadLetterBytes: maxBytes } = options;
  const [first] = sinks;
  if (first === undefined) return undefined;
  if (first === 'file' && dataFolder !== undefined) {
    return new DeadLetterFiles({ folder: join(dataFolder, 'dead-letters'), maxBytes, ...parts });
  }
  if (kafka === undefined) return createSink(first, options, parts);
  const topic = deadLetterTopic(kafka.topic);
  return createSink(first, { ...options, kafka: { ...kafka, topic } }, parts);
}

function createSink(name: SinkName, options: Options, parts: SinkParts): EventSink {
  const { dataFolder, kafka } = options;
  if (name === 'file' && dataFolder !== undefined) {
    return new FileSink({ folder: dataFolder, ...parts });
  }
  if (name === 'kafka' && kafka !== undefined) return createKafkaSink(kafka, parts);
  throw new Error(`the options of the ${name} sink are missing, which parseConfig refuses`);
}
