// Those that a client checks stand by themselves: a browser would load all names of `limits` too.

/** Bytes of one event's JSON. Above: a collector rejects it, a client drops it, both as
 *  `too_large`. */
export const maxEventBytes = 32_000;
/** Characters of a write key, printable ASCII without spaces: it must fit into a header and a URL.
 *  Longer, or of anything else: the collector does not start, exit 78; `createAnalytics` throws
 *  `invalid_options`. */
export const maxWriteKeyLength = 256;

/**
 * Limits of the wire, the same for clients and collectors. A client keeps below them by itself;
 * a collector refuses what is above. Sizes are decimal: 1 kB is 1,000 bytes.
 */
export const limits = {
  /** Bytes of a request body as sent, compressed or not. Above: 413 `body_too_large`, before the
   *  body is read if it announces its length. */
  maxWireBytes: 512_000,
  /** Bytes of a request body after decompression. Above: 413 `inflated_too_large`; inflating stops
   *  there. */
  maxInflatedBytes: 1_000_000,
  /** Events in one batch. Above: 413 `too_many_events`. */
  maxBatchEvents: 500,
  /** Keys of the batch object itself. More: 400 `invalid_batch`. */
  maxBatchKeys: 64,
  maxEventBytes,
  /** Nesting of objects and arrays in an event, the event itself counted. Deeper: rejected,
   *  `too_deep`. */
  maxDepth: 32,
  /** Keys in one event, all levels together. More: rejected, `too_many_keys`. */
  maxKeys: 1_000,
  /** Of an eventId, from `[A-Za-z0-9._:-]`. Longer: rejected, `invalid_event_id`. */
  maxEventIdLength: 64,
  /** UTF-16 units of type, names and ids (userId, anonymousId, groupId, previousId). Longer:
   *  rejected, `invalid_field`. */
  maxNameLength: 512,
  /** Of a batchId, from the alphabet of eventIds. Longer: 400 `invalid_batch`. */
  maxBatchIdLength: 64,
  maxWriteKeyLength,
} as const;
