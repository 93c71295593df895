import type { CircuitBreakerOptions } from '@holdfast/server-core/circuit-breaker';
import { loadLimits } from '../../limits.js';

/** Bounds of the Kafka sink. Sizes are decimal. */
export const kafkaSinkLimits = {
  /** Bytes of one send. The rest waits for the next; Kafka's default limit is 1,048,588. */
  maxSendBytes: 900_000,
  /** Records of one send: kafkajs copies its list once a record. The rest waits for the next. */
  maxSendRecords: 2_000,
  /** Bytes that may wait or be under way, all partitions together. Beyond: `retry`, `sink_busy`,
   *  at once. As much as the collector takes; answered writes may still be held for a send. */
  maxInFlightBytes: loadLimits.maxBytesInFlight,
  /** A partition's share of them, 1/n, so that one that is down cannot take all. Beyond it its
   *  events are answered so, and the others' are not. */
  partitionShare: 8,
  /** write() has answered by then; what Kafka has not confirmed is answered `retry`. */
  writeTimeoutMs: 12_000,
  /** One send, whatever kafkajs does: connecting, finding the leader, and the request. */
  sendTimeoutMs: 6_000,
  /** One request on the wire. */
  requestTimeoutMs: 5_000,
  /** How long a leader waits for its replicas: less, so that its answer still comes. */
  ackTimeoutMs: 4_000,
  connectionTimeoutMs: 5_000,
  /** Sends of the same records, the first included; then they are answered `retry`. */
  maxAttempts: 8,
  /** Between two of them, doubled up to the maximum: an election takes about a second. */
  minBackoffMs: 100,
  maxBackoffMs: 2_000,
  /** Asking what the topic is like. A longer silence counts as unreachable. */
  describeTimeoutMs: 10_000,
  /** Between two looks at the topic while all is well … */
  checkEveryMs: 60_000,
  /** … and while Kafka is away or the topic is not fit. */
  recheckEveryMs: 2_000,
  /** Kafka counts as away after so long in which looks failed and nothing was stored. Until then
   *  the last good look stands: kafkajs asks one broker, which may be the only one that is dead. */
  awayAfterMs: 5_000,
  /** Disconnecting, of which kafkajs sometimes makes no end. Left to itself after that. */
  disconnectTimeoutMs: 5_000,
  /** What a topic must have to deserve the word `kafka` in an ack. */
  minReplication: 3,
  minInsyncReplicas: 2,
  /** The least `max.message.bytes` of a topic: the largest event, its key and its headers. */
  minMessageBytes: 64_000,
} as const;

/** One for each partition, fed by its sends. */
export const partitionBreaker: CircuitBreakerOptions = {
  failureRate: 0.5,
  windowSize: 100,
  minimumCalls: 20,
  openMs: 30_000,
  halfOpenCalls: 10,
};
