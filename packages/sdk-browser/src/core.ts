export type { Priority, Properties } from '@holdfast/protocol';
export type { Diagnostics, Listener } from '@holdfast/sdk-core/emitter';
export { AnalyticsError, type ErrorCode } from '@holdfast/sdk-core/errors';
export type { FlushReport } from '@holdfast/sdk-core/outcomes';
export type { Durability } from '@holdfast/sdk-core/ports';
export {
  type CoreAnalytics,
  type CoreAnalyticsOptions,
  createAnalytics,
} from './core/core-analytics.js';
export type { AnyEvents, EventMap, TrackArguments } from './typed-events.js';
