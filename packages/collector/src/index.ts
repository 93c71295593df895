export type { SeenEvents } from './accept/seen-events.js';
export type { SourceKeeper } from './admission/key-store.js';
export type { RetryAfterRange } from './admission/retry-after.js';
export {
  Collector,
  type CollectorConfig,
  type CollectorDeps,
  createCollector,
  type ExtraRoutes,
} from './collector.js';
export {
  type ConfigInput,
  type KafkaOptions,
  type Options,
  type ParsedConfig,
  parseConfig,
} from './config/parse-config.js';
export { JsonLogger, silentLogger } from './json-logger.js';
export type { Clock, LogFields, Logger, LogLevel, Random } from './ports.js';
export { createDeadLetters, createSinks, type SinkParts } from './sinks/create-sinks.js';
export type { EventSink, SinkAvailability, SinkOutcome } from './sinks/event-sink.js';
export { FileSink, type FileSinkOptions } from './sinks/file-sink.js';
export { FolderInUseError } from './sinks/folder-owner.js';
export { MemorySink } from './sinks/memory-sink.js';
export type { ReadableSegment } from './sinks/segment-log.js';
export type { SourceRecord } from './source-records.js';
export { systemClock } from './system-clock.js';
export { systemRandom } from './system-random.js';
