/** How to reach Kafka. */
export interface KafkaConnection {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  /** `ca`: PEM; absent: the system's authorities. */
  readonly tls?: { readonly ca?: string | undefined } | undefined;
  readonly sasl?:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
}

/** One record, ready to be sent. */
export interface KafkaRecord {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** What Kafka said about one partition of a send. */
export interface Receipt {
  readonly partition: number;
  readonly errorCode: number;
  /** Of the first record, decimal. */
  readonly offset: string | undefined;
}

/**
 * Why something failed. `refused`: login, certificate or permission; `missing_topic`: there is no
 * such topic; `failed`: anything else, an answer of Kafka's included.
 */
export type KafkaFailureReason = 'unreachable' | 'timeout' | 'refused' | 'missing_topic' | 'failed';

export interface KafkaFailure {
  readonly kind: 'failed';
  readonly reason: KafkaFailureReason;
  /** For the log. */
  readonly detail: string;
}

export type SendResult =
  | { readonly kind: 'answered'; readonly receipts: readonly Receipt[] }
  | KafkaFailure;

/** What decides whether an ack of the topic deserves trust. */
export interface TopicDescription {
  readonly partitionCount: number;
  /** Copies of the partition that has the fewest. */
  readonly replication: number;
  readonly minInsyncReplicas: number;
  readonly hasUncleanElection: boolean;
  readonly maxMessageBytes: number;
}

export type DescribeResult =
  | { readonly kind: 'described'; readonly topic: TopicDescription }
  | KafkaFailure;

/**
 * A Kafka client as the sink needs it. Nothing here rejects, and each call has ended by the time
 * that limits.ts gives it. It recovers by itself: after a failure the next call tries anew. It
 * never creates a topic.
 */
export interface KafkaDriver {
  describe(topic: string): Promise<DescribeResult>;
  /** Sends records to one partition, with acks of all in-sync replicas. A failure may still have
   *  stored them. */
  send(topic: string, partition: number, records: readonly KafkaRecord[]): Promise<SendResult>;
  /** Frees connections; sends fail from then on. */
  close(timeoutMs: number): Promise<void>;
}
