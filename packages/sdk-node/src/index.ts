export type { AnalyticsEvent, Priority, Properties } from '@holdfast/protocol';
export {
  AnalyticsError,
  type DeadLetter,
  type Diagnostics,
  type Durability,
  type ErrorCode,
  type FlushOptions,
  type FlushReport,
  type Listener,
} from '@holdfast/sdk-core';
export { createAnalytics, type NodeAnalytics, type NodeFlushReport } from './node-analytics.js';
export type { AnalyticsOptions } from './options.js';
export type {
  AliasMessage,
  AnyEvents,
  EventExtras,
  EventMap,
  GroupMessage,
  IdentifyMessage,
  Subject,
  TrackMessage,
  ViewMessage,
} from './typed-events.js';
