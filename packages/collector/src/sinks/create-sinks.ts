import type { Options } from '../config/parse-config.js';
import type { Clock, Logger, Random } from '../ports.js';
import type { EventSink } from './event-sink.js';
import { FileSink } from './file-sink.js';

export interface SinkParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The sinks that the options name, not opened yet. */
export function createSinks(options: Options, parts: SinkParts): EventSink[] {
  return options.sinks.map((name) => createSink(name, options, parts));
}

function createSink(name: Options['sinks'][number], options: Options, parts: SinkParts): EventSink {
  if (name === 'file') return new FileSink({ folder: options.dataFolder!, ...parts });
  throw new Error(`the ${name} sink is not built yet`);
}
