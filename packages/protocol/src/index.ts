export {
  type Ack,
  type Durable,
  type EventVerdict,
  type Problem,
  parseAck,
  parseProblem,
  problemMediaType,
} from './ack.js';
export { backoffDelayMs, restedBackoffDelayMs } from './backoff.js';
export { checkedJson, readCheckedJson } from './checked-json.js';
export {
  isProblemCode,
  type ProblemCode,
  problemStatuses,
  type RejectedCode,
  type RetryCode,
} from './codes.js';
export { crc32c } from './crc32c.js';
export {
  type AnalyticsEvent,
  type DropReason,
  dropReasons,
  type EventType,
  type NamedSeqs,
  type Priority,
  type Properties,
  priorities,
  type QueuePosition,
  type ReportProperties,
} from './event.js';
export { idDay, isEventId, isUuidV7, uuidV7Ms } from './event-id.js';
export { type EventNeeds, type NeededMember, needsOfType } from './event-needs.js';
export { limits, maxEventBytes, maxWriteKeyLength } from './limits.js';
export {
  isComparable,
  livenessOf,
  type ProcessIdentity,
  type ProcessTable,
  type ProcReader,
  processTable,
} from './process-identity.js';
export { type AcceptedEvent, deadLetterTopic, defaultTopic, type RecordHeaders } from './record.js';
export { isTimestamp } from './timestamp.js';
export { isWriteKey } from './write-key.js';
