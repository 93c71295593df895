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
export type { ConfigInput, KafkaOptions, Options } from './config/parse-config.js';
export type { Disk, DiskEntry, DiskFile, DiskStat } from './disk.js';
export { replaceFile } from './durable-file.js';
export { silentLogger } from './json-logger.js';
export { nodeDisk } from './node-disk.js';
export type { Clock, LogFields, Logger, LogLevel, Random } from './ports.js';
export { type Program, runProgram, type Service } from './program/run-program.js';
export { createDeadLetters, createSinks, type SinkParts } from './sinks/create-sinks.js';
export { DeadLetterFiles, type DeadLetterFilesOptions } from './sinks/dead-letter-files.js';
export type {
  BreakerReading,
  DeletedReading,
  EventSink,
  SinkAvailability,
  SinkOutcome,
} from './sinks/event-sink.js';
export { FileSink, type FileSinkOptions } from './sinks/file-sink.js';
export { FolderInUseError } from './sinks/folder-owner.js';
export { MemorySink } from './sinks/memory-sink.js';
export type { ProcessIdentity, ProcessTable } from './sinks/process-identity.js';
export type { ReadableSegment } from './sinks/segment-log.js';
export type { SourceRecord } from './source-records.js';
export { systemClock } from './system-clock.js';
export { systemRandom } from './system-random.js';
