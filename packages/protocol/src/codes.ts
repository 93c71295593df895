/**
 * The closed list of batch-level error codes, each with its HTTP status. An answer that carries
 * none of them is not a collector's answer, whatever its status: a client keeps the batch.
 */
export const problemStatuses = {
  invalid_request: 400,
  invalid_json: 400,
  invalid_utf8: 400,
  invalid_batch: 400,
  invalid_compression: 400,
  missing_write_key: 401,
  unknown_write_key: 401,
  origin_not_allowed: 403,
  priority_not_allowed: 403,
  method_not_allowed: 405,
  request_timeout: 408,
  body_too_large: 413,
  inflated_too_large: 413,
  too_many_events: 413,
  unsupported_media_type: 415,
  unsupported_encoding: 415,
  rate_limited: 429,
  internal_error: 500,
  sink_unavailable: 503,
  metadata_unavailable: 503,
  shed: 503,
  draining: 503,
} as const;
export type ProblemCode = keyof typeof problemStatuses;

/** Why a collector refuses one event for ever. The list may grow: a client takes any string. */
export type RejectedCode =
  | 'invalid_event'
  | 'invalid_event_id'
  | 'invalid_timestamp'
  | 'missing_field'
  | 'invalid_field'
  | 'repeated_key'
  | 'forbidden_key'
  | 'number_out_of_range'
  | 'lone_surrogate'
  | 'too_deep'
  | 'too_many_keys'
  | 'too_large';

/** Why a collector asks for one event again. The list may grow: a client takes any string. */
export type RetryCode = 'sink_unavailable' | 'partition_unavailable' | 'sink_busy';
