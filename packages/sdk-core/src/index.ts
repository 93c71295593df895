export { ClientCore, type ClientParts, type FlushOptions } from './client-core.js';
export type { Diagnostics, Listener } from './emitter.js';
export { AnalyticsError, type ErrorCode } from './errors.js';
export type { EventDraft } from './event-factory.js';
export * as clientLimits from './limits.js';
export { MemoryEventStore } from './memory-event-store.js';
export type { FlushReport, OutcomeKind } from './outcomes.js';
export type {
  AbortFlag,
  BatchRequest,
  Clock,
  CoreOptions,
  DeadLetter,
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
