export type { Disk, DiskEntry, DiskFile, DiskStat } from '@holdfast/server-core/disk/disk';
export { silentLogger } from '@holdfast/server-core/json-logger';
export type { Clock, LogFields, Logger, LogLevel, Random } from '@holdfast/server-core/ports';
export type { ProcessIdentity, ProcessTable } from '@holdfast/server-core/process-identity';
export type { Refusal } from '@holdfast/server-core/refusal';
export { systemClock } from '@holdfast/server-core/system-clock';
export { systemRandom } from '@holdfast/server-core/system-random';
export type { RetryAfterRange } from './admission/retry-after.js';
export {
  Collector,
  type CollectorConfig,
  type CollectorDeps,
  createCollector,
  type ExtraRoutes,
} from './collector.js';
export type { SeenEvents } from './dedup/seen-events.js';
export type {
  AckStamp,
  BatchVerdict,
  Dialect,
  DialectAnswer,
  RequestForm,
  RequestHead,
} from './dialects/dialect.js';
export { HoldfastDialect } from './dialects/holdfast-dialect.js';
export type {
  BreakerReading,
  DeletedReading,
  EventSink,
  SinkAvailability,
  SinkOutcome,
} from './sinks/event-sink.js';
export { DeadLetterFiles, type DeadLetterFilesOptions } from './sinks/file/dead-letter-files.js';
export { FileSink, type FileSinkOptions } from './sinks/file/file-sink.js';
export { FolderInUseError } from './sinks/file/folder-owner.js';
export type { ReadableSegment } from './sinks/file/segment-log.js';
export { MemorySink } from './sinks/memory-sink.js';
export type { SinkKind, SinkParts } from './sinks/sink-kind.js';
export { createDeadLetters, createSinks, type SinkChoice } from './sinks/sink-kinds.js';
export type { SourceKeeper } from './sources/source-keeper.js';
export type { SourceRecord } from './sources/source-record.js';
