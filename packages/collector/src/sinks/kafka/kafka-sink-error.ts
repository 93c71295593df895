/** Why a Kafka sink can never be ready as it is configured. */
export type KafkaSinkErrorCode =
  /** The topic does not exist; the sink never creates one. */
  | 'missing_topic'
  /** An acked event could be lost with one machine, and `allowSingleCopy` is not set. */
  | 'unsafe_topic'
  /** Even one event may be too large for the topic. */
  | 'small_messages'
  /** Kafka refuses the login or the permission, or its certificate is not trusted. */
  | 'access_refused';

/** Thrown by `open()`; the message says what is wrong and what to do. */
export class KafkaSinkError extends Error {
  override readonly name = 'KafkaSinkError';
  readonly code: KafkaSinkErrorCode;

  constructor(code: KafkaSinkErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
