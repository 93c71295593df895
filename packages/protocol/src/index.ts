export {
  type Ack,
  type Durable,
  parseAck,
  parseProblem,
  problemMediaType,
} from './ack.js';
export { backoffDelayMs, restedBackoffDelayMs } from './backoff.js';
export { checkedJson, readCheckedJson } from './checked-json.js';
export {
  type ProblemCode,
  problemStatuses,
  type RejectedCode,
  type RetryCode,
} from './codes.js';
export { crc32c } from './crc32c.js';
export {
  type AnalyticsEvent,
  type DropReason,
  type EventType,
  type NamedSeqs,
  type Priority,
  type Properties,
  priorities,
  type ReportProperties,
} from './event.js';
export { idDay, isEventId, isUuidV7, uuidV7Ms } from './event-id.js';
export { needsOfType } from './event-needs.js';
export { limits, maxEventBytes, maxWriteKeyLength } from './limits.js';
export { type MemberFault, mendEvent, shown } from './mend-event.js';
export {
  isComparable,
  livenessOf,
  type ProcessIdentity,
  type ProcessTable,
  processTable,
} from './process-identity.js';
export { type AcceptedEvent, deadLetterTopic, defaultTopic, type RecordHeaders } from './record.js';
export { isTimestamp } from './timestamp.js';
export { isWriteKey } from './write-key.js';
