import type {
  DescribeResult,
  KafkaDriver,
  KafkaFailure,
  KafkaRecord,
  Receipt,
  SendResult,
  TopicDescription,
} from '../../src/sinks/kafka/kafka-driver.js';

export interface FakeRecord extends KafkaRecord {
  readonly partition: number;
}

interface FakeTopic {
  description: TopicDescription;
  readonly records: FakeRecord[];
}

interface HeldSend {
  readonly partition: number;
  readonly records: readonly KafkaRecord[];
  readonly answer: () => void;
}

const safe: TopicDescription = {
  partitionCount: 1,
  replication: 3,
  minInsyncReplicas: 2,
  hasUncleanElection: false,
  maxMessageBytes: 1_048_588,
};

/** Kafka in memory. It passes the driver's contract suite; the rest are its faults. */
export class FakeKafkaDriver implements KafkaDriver {
  /** Nobody is there. */
  isDown = false;
  /** Partitions that refuse each send. */
  readonly broken = new Set<number>();
  /** Partitions whose sends wait in `held` until they are answered. */
  readonly hanging = new Set<number>();
  readonly held: HeldSend[] = [];
  /** Each send that came, failed ones too. */
  readonly sends: { readonly partition: number; readonly records: readonly KafkaRecord[] }[] = [];
  /** What is said of a send that stored its records. */
  receiptsOf: (partition: number, offset: number) => readonly Receipt[] = (partition, offset) => [
    { partition, errorCode: 0, offset: String(offset) },
  ];
  /** Instead of a description. */
  describeFailure: KafkaFailure | undefined;
  readonly #topics = new Map<string, FakeTopic>();
  #isClosed = false;

  createTopic(name: string, description: Partial<TopicDescription> = {}): void {
    this.#topics.set(name, { description: { ...safe, ...description }, records: [] });
  }

  changeTopic(name: string, change: Partial<TopicDescription>): void {
    const topic = this.#topics.get(name)!;
    topic.description = { ...topic.description, ...change };
  }

  recordsOf(name: string): readonly FakeRecord[] {
    return this.#topics.get(name)?.records ?? [];
  }

  async describe(name: string): Promise<DescribeResult> {
    if (this.isDown) return failure('unreachable');
    if (this.describeFailure !== undefined) return this.describeFailure;
    const topic = this.#topics.get(name);
    return topic === undefined
      ? failure('missing_topic')
      : { kind: 'described', topic: topic.description };
  }

  async send(
    name: string,
    partition: number,
    records: readonly KafkaRecord[],
  ): Promise<SendResult> {
    this.sends.push({ partition, records });
    if (this.hanging.has(partition)) {
      await new Promise<void>((answer) => {
        this.held.push({ partition, records, answer });
      });
    }
    return this.#answer(name, partition, records);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #answer(name: string, partition: number, records: readonly KafkaRecord[]): SendResult {
    if (this.#isClosed || this.isDown) return failure('unreachable');
    const topic = this.#topics.get(name);
    if (topic === undefined) return failure('missing_topic');
    if (partition >= topic.description.partitionCount) return { kind: 'answered', receipts: [] };
    if (this.broken.has(partition)) return failure('failed');
    const offset = topic.records.filter((record) => record.partition === partition).length;
    topic.records.push(...records.map((record) => ({ ...record, partition })));
    return { kind: 'answered', receipts: this.receiptsOf(partition, offset) };
  }
}

function failure(reason: KafkaFailure['reason']): KafkaFailure {
  return { kind: 'failed', reason, detail: `the fake is told to say ${reason}` };
}
