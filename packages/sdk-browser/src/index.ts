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
export type { BrowserAnalytics } from './browser-analytics.js';
export { createAnalytics } from './create-analytics.js';
export type { AnalyticsOptions, Consent, EventOptions } from './options.js';
export type { AnyEvents, EventMap, TrackArguments } from './typed-events.js';
