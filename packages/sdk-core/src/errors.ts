/** The closed list of codes of {@link AnalyticsError}. */
export type ErrorCode =
  /** An option is missing or out of range; thrown at creation. Told of one that was mended. */
  | 'invalid_options'
  /** A call has something that no event can hold: it is left out, or the event dropped. */
  | 'invalid_event'
  /** A name was longer than the wire takes, and is cut. */
  | 'truncated'
  /** No durable storage on this platform: the queue is in memory. */
  | 'storage_unavailable'
  /** The disk or the quota is full: events wait in memory until there is room. */
  | 'storage_full'
  /** Any other failure of the durable storage. */
  | 'storage_failed'
  /** A stored record could not be read back. */
  | 'storage_corrupt'
  /** Nobody answers at the endpoint, three times in a row or while flush() waits; all is kept. */
  | 'endpoint_unreachable'
  /** What answers there is no collector: a wrong path, a captive portal; everything is kept. */
  | 'not_a_collector'
  /** Events arrive again, after one of those or a refusal. */
  | 'recovered'
  /** The collector refuses the write key or the origin; everything is kept. */
  | 'write_key_refused'
  /** The collector refuses the media type or the encoding; everything is kept. */
  | 'request_refused'
  /** A listener or `beforeStore` of the app threw. */
  | 'callback_failed'
  /** A bug of ours; please report it. */
  | 'internal';

/** What Holdfast throws and what its `error` diagnostic carries. */
export class AnalyticsError extends Error {
  override readonly name = 'AnalyticsError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
