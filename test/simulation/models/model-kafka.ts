/**
 * A Kafka cluster with its weather, and the driver through which one collector sees it.
 *
 * A send is appended by the leader, then copied, then committed, then answered. A leader that moves
 * before the copies exist takes the records with it. What is committed is never lost: it is what
 * the storage tier gets to read.
 */

import type {
  DescribeResult,
  KafkaDriver,
  KafkaFailure,
  KafkaRecord,
  Receipt,
  SendResult,
} from '../../../packages/collector/src/sinks/kafka/kafka-driver.js';
import { kafkaSinkLimits } from '../../../packages/collector/src/sinks/kafka/limits.js';
import type { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { FaultCounts, FaultKind } from '../fault-kinds.js';
import type { Life } from './life.js';

/** Shares of sends that go wrong in a way. */
export interface KafkaWeather {
  kafkaTimeoutAfterCommit: number;
  kafkaAmbiguous: number;
  kafkaNotEnoughReplicas: number;
  kafkaDuplicate: number;
}

interface Partition {
  /** Undefined: it has none. Rises with every election. */
  leaderTerm: number;
  isDown: boolean;
  /** A partition that is down says so, or says nothing until the timeout. */
  isSilent: boolean;
  endOffset: number;
  /** Sends that were not confirmed. A breaker keeps them in its window however old they are. */
  failures: number;
}

export interface KafkaClusterParts {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly faults: FaultCounts;
  readonly partitionCount: number;
  readonly onCommitted: (topic: string, records: readonly KafkaRecord[]) => void;
  readonly onBreach: (text: string) => void;
}

export class KafkaCluster {
  readonly parts: KafkaClusterParts;
  isDown = false;
  downSinceMs = 0;
  /** When something was wrong with more than a single partition. */
  lastTroubleMs = Number.NEGATIVE_INFINITY;
  readonly weather: KafkaWeather = {
    ...{ kafkaTimeoutAfterCommit: 0, kafkaAmbiguous: 0 },
    ...{ kafkaNotEnoughReplicas: 0, kafkaDuplicate: 0 },
  };
  readonly partitions: Partition[];
  readonly #random: SeededRandom;

  constructor(parts: KafkaClusterParts) {
    this.parts = parts;
    this.#random = new SeededRandom(parts.seed);
    this.partitions = Array.from({ length: parts.partitionCount }, () => ({
      ...{ leaderTerm: 1, isDown: false, isSilent: false, endOffset: 0 },
      failures: 0,
    }));
  }

  get fraction(): number {
    return this.#random.fraction();
  }

  goDown(): void {
    this.isDown = true;
    this.downSinceMs = this.parts.clock.monotonicMs();
    this.parts.faults.add('kafkaOutage');
    for (const partition of this.partitions) partition.leaderTerm++;
  }

  comeUp(): void {
    if (this.isDown && this.parts.clock.monotonicMs() - this.downSinceMs >= 3_600_000) {
      this.parts.faults.add('longKafkaOutage');
    }
    this.isDown = false;
    this.noteTrouble();
  }

  noteTrouble(): void {
    this.lastTroubleMs = this.parts.clock.monotonicMs();
  }

  /** Another broker leads the partition now; what the old one had alone is gone. */
  moveLeader(index: number): void {
    this.partitions[index]!.leaderTerm++;
    this.parts.faults.add('leaderMove');
    this.noteTrouble();
  }

  heal(): void {
    this.comeUp();
    for (const index of this.partitions.keys()) this.bringBack(index);
    for (const kind of Object.keys(this.weather) as (keyof KafkaWeather)[]) this.weather[kind] = 0;
  }

  /** Whether all is well but for single partitions, since a while. */
  isCalm(sinceMs: number): boolean {
    const isClear = Object.values(this.weather).every((share) => share === 0);
    return !this.isDown && isClear && this.lastTroubleMs <= sinceMs;
  }

  takeDown(index: number, isSilent: boolean): void {
    Object.assign(this.partitions[index]!, { isDown: true, isSilent });
    this.parts.faults.add('partitionDown');
  }

  bringBack(index: number): void {
    this.partitions[index]!.isDown = false;
  }

  /** Whether nothing was ever wrong with a partition. */
  isSound(index: number): boolean {
    const { isDown, failures } = this.partitions[index]!;
    return !isDown && failures === 0;
  }

  hits(kind: keyof KafkaWeather): boolean {
    const share = this.weather[kind];
    if (share === 0 || this.#random.fraction() >= share) return false;
    this.parts.faults.add(kind as FaultKind);
    this.noteTrouble();
    return true;
  }

  commit(topic: string, index: number, records: readonly KafkaRecord[]): string {
    const partition = this.partitions[index]!;
    const offset = partition.endOffset;
    partition.endOffset += records.length;
    this.parts.onCommitted(topic, records);
    return String(offset);
  }
}

export class ModelKafkaDriver implements KafkaDriver {
  readonly #cluster: KafkaCluster;
  readonly #life: Life;
  readonly #busy = new Set<string>();
  #isClosed = false;
  #heldBytes = 0;

  constructor(cluster: KafkaCluster, life: Life) {
    this.#cluster = cluster;
    this.#life = life;
  }

  async describe(_topic: string): Promise<DescribeResult> {
    await this.#pass(2 + 20 * this.#cluster.fraction);
    if (this.#isClosed || this.#cluster.isDown) {
      await this.#pass(this.#cluster.fraction < 0.5 ? 10 : kafkaSinkLimits.describeTimeoutMs);
      return failure('unreachable');
    }
    return {
      kind: 'described',
      topic: {
        partitionCount: this.#cluster.partitions.length,
        ...{ replication: 3, minInsyncReplicas: 2, hasUncleanElection: false },
        maxMessageBytes: 1_048_588,
      },
    };
  }

  async send(
    topic: string,
    partition: number,
    records: readonly KafkaRecord[],
  ): Promise<SendResult> {
    const lane = `${topic}/${partition}`;
    const { onBreach } = this.#cluster.parts;
    if (this.#life.isDead) return never();
    if (this.#busy.has(lane)) onBreach(`two sends under way for partition ${lane}`);
    this.#busy.add(lane);
    const bytes = records.reduce((sum, { value }) => sum + value.length, 0);
    this.#heldBytes += bytes;
    if (bytes > kafkaSinkLimits.maxSendBytes) onBreach(`a send of ${bytes} bytes`);
    if (this.#heldBytes > kafkaSinkLimits.maxInFlightBytes) {
      onBreach(`${this.#heldBytes} bytes on their way into Kafka`);
    }
    const result = await this.#exchange(topic, partition, records);
    this.#busy.delete(lane);
    this.#heldBytes -= bytes;
    const [receipt] = result.kind === 'answered' ? result.receipts : [];
    if (receipt?.errorCode !== 0) this.#cluster.partitions[partition]!.failures++;
    return this.#life.isDead ? never() : result;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  async #exchange(
    topic: string,
    index: number,
    records: readonly KafkaRecord[],
  ): Promise<SendResult> {
    const cluster = this.#cluster;
    const partition = cluster.partitions[index]!;
    await this.#pass(1 + 10 * cluster.fraction);
    if (this.#isClosed) return failure('unreachable');
    if (cluster.isDown) {
      if (cluster.fraction < 0.5) return failure('unreachable');
      return this.#silence();
    }
    if (partition.isDown) {
      return partition.isSilent ? this.#silence() : failure('failed');
    }
    if (cluster.hits('kafkaNotEnoughReplicas')) {
      return answered([{ partition: index, errorCode: 19, offset: undefined }]);
    }
    const term = partition.leaderTerm;
    const isAmbiguous = cluster.hits('kafkaAmbiguous');
    await this.#pass(1 + 30 * cluster.fraction);
    if (partition.leaderTerm !== term || (isAmbiguous && cluster.fraction < 0.5)) {
      // The records went with the old leader, or survived it; nobody says which.
      if (partition.leaderTerm !== term && cluster.fraction < 0.3) {
        cluster.commit(topic, index, records);
      }
      return isAmbiguous || cluster.fraction < 0.5
        ? answered(ambiguous(index, cluster.fraction))
        : failure(cluster.fraction < 0.5 ? 'failed' : 'timeout');
    }
    const offset = cluster.commit(topic, index, records);
    if (cluster.hits('kafkaDuplicate')) cluster.commit(topic, index, records);
    if (isAmbiguous) return answered(ambiguous(index, cluster.fraction));
    if (cluster.hits('kafkaTimeoutAfterCommit')) return this.#silence();
    await this.#pass(1 + 10 * cluster.fraction);
    return answered([{ partition: index, errorCode: 0, offset }]);
  }

  async #silence(): Promise<KafkaFailure> {
    await this.#pass(kafkaSinkLimits.sendTimeoutMs);
    return failure('timeout');
  }

  /** Time goes on for the cluster whatever becomes of the collector; a dead one never hears. */
  #pass(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#cluster.parts.clock.schedule(delayMs, () => {
        // Records that are on their way when their sender dies still arrive.
        if (this.#life.isPaused) this.#life.deliver(resolve);
        else resolve();
      });
    });
  }
}

/** A dead process hears no answer. */
function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

function answered(receipts: readonly Receipt[]): SendResult {
  return { kind: 'answered', receipts };
}

function failure(reason: KafkaFailure['reason']): KafkaFailure {
  return { kind: 'failed', reason, detail: `the model says ${reason}` };
}

/** Answers that confirm nothing, as a confused client library gives them. */
function ambiguous(partition: number, fraction: number): Receipt[] {
  const other = { partition: partition + 1, errorCode: 0, offset: '7' };
  const forms: Receipt[][] = [
    [],
    [other],
    [{ partition, errorCode: 7, offset: '-1' }],
    [{ partition, errorCode: 0, offset: undefined }],
    [{ partition, errorCode: 6, offset: '12' }],
    [{ partition, errorCode: 0, offset: '-1' }],
    [{ partition, errorCode: 0, offset: '3' }, other],
  ];
  return forms[Math.floor(fraction * forms.length)]!;
}
