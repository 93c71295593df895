import type { CircuitBreakerOptions } from '@holdfast/server-core/circuit-breaker';
import { loadLimits } from '../../limits.js';

/** Bounds of the Kafka sink. Sizes are decimal. */
export const kafkaSinkLimits = {
  /** Bytes of one send, or what the topic's `max.message.bytes` leaves if that is less. The rest
   *  waits for the next; Kafka's default limit is 1,048,588. */
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
  /** One send, whatever kafkajs does: connecting, finding the leader, and the request. Then it has
   *  failed. */
  sendTimeoutMs: 6_000,
  /** One request on the wire; then it has failed. */
  requestTimeoutMs: 5_000,
  /** How long a leader waits for its replicas: less, so that its answer still comes. */
  ackTimeoutMs: 4_000,
  /** One attempt to connect; then it has failed. */
  connectionTimeoutMs: 5_000,
  /** Sends of the same records, the first included; then they are answered `retry`. */
  maxAttempts: 8,
  /** The first wait between two of them, then doubled: an election takes about a second. */
  minBackoffMs: 100,
  /** That wait grows no longer. */
  maxBackoffMs: 2_000,
  /** Asking what the topic is like. A longer silence counts as unreachable. */
  describeTimeoutMs: 10_000,
  /** Between two looks at the topic while all is well … */
  checkEveryMs: 60_000,
  /** … and while Kafka is away or the topic is not fit. */
  recheckEveryMs: 2_000,
  /** Kafka counts as away, 503, after so long in which looks failed and nothing was stored. Until
   *  then the last good look stands: kafkajs asks one broker, which may be the only dead one. */
  awayAfterMs: 5_000,
  /** Disconnecting, of which kafkajs sometimes makes no end. Left to itself after that. */
  disconnectTimeoutMs: 5_000,
  /** The copies that a topic must have to deserve the word `kafka` in an ack. Fewer: the sink does
   *  not open, or acks say `kafka-single` with the option `--allow-single-copy`. */
  minReplication: 3,
  /** The topic's `min.insync.replicas`. Fewer: the same. */
  minInsyncReplicas: 2,
  /** The least `max.message.bytes` of a topic: the largest event, its key and its headers. A topic
   *  that takes less is refused. */
  minMessageBytes: 64_000,
  /** Of a PEM file with authorities, `--kafka-tls`: those of a whole system. Longer: exit 78. */
  maxAuthorityLength: 1_000_000,
  /** How deep the cause of kafkajs' errors is looked for: it wraps one up to three times. */
  maxCauses: 5,
} as const;

/** The circuit breaker of each partition, fed by its sends. */
export const partitionBreaker: CircuitBreakerOptions = {
  /** The share of failed sends from which it opens: the partition's events are answered `retry`. */
  failureRate: 0.5,
  /** The last so many sends count. */
  windowSize: 100,
  /** Fewer make no rate. */
  minimumCalls: 20,
  /** How long it stays open; then it lets some sends try. */
  openMs: 30_000,
  /** So many; their rate closes or opens it again. */
  halfOpenCalls: 10,
};
