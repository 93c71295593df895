export { ClientCore, type ClientParts, type FlushOptions } from './client-core.js';
export type { DeadLetter } from './dead-letter.js';
export type { Diagnostics, Listener } from './emitter.js';
export { AnalyticsError, type ErrorCode } from './errors.js';
export type { EventDraft } from './event-factory.js';
export * as clientLimits from './limits.js';
export { MemoryEventStore } from './memory-event-store.js';
export type { CoreOptions } from './options.js';
export type { FlushReport, OutcomeKind } from './outcomes.js';
export type {
  AbortFlag,
  BatchRequest,
  Clock,
  Durability,
  Ending,
  EventJson,
  EventStore,
  LeasedRecord,
  LeaseRequest,
  QueueRecord,
  Random,
  SettledRecord,
  StoreUsage,
  Transport,
  TransportOutcome,
} from './ports.js';
