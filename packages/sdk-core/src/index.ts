export { ClientCore, type FlushOptions } from './client-core.js';
export type { Diagnostics, Listener } from './emitter.js';
export { AnalyticsError, type ErrorCode } from './errors.js';
export type { EventDraft } from './event-factory.js';
export * as clientLimits from './limits.js';
export type { FlushReport, OutcomeKind } from './outcomes.js';
export type {
  BatchRequest,
  Clock,
  CoreOptions,
  DeadLetter,
  Durability,
  QueueRecord,
  Random,
  Transport,
  TransportOutcome,
} from './ports.js';
