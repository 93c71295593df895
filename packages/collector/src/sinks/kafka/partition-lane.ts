/**
 * The way into one partition.
 *
 * Invariants: at most one send is under way; everything that comes meanwhile waits and goes
 * together in the next, up to `maxSendBytes`. An event is stored only if Kafka's answer names this
 * partition, no error and an offset. A send that failed is repeated with the same records while
 * somebody waits for them, so copies are possible and losses are not. What a lane holds is bounded
 * by its own budget and by the one that all lanes share; beyond either `offer` refuses. Its breaker
 * knows this partition's sends only.
 */
import { restedBackoffDelayMs } from '@holdfast/protocol';
import { CircuitBreaker } from '@holdfast/server-core/circuit-breaker';
import type { Clock, Random } from '@holdfast/server-core/ports';
import type { SinkOutcome } from '../event-sink.js';
import type { ByteBudget } from './byte-budget.js';
import type { KafkaRecord, SendResult } from './kafka-driver.js';
import { kafkaSinkLimits as limits, partitionBreaker } from './limits.js';
import type { WriteTicket } from './write-ticket.js';

/** One event of a write on its way. */
export interface LaneEntry {
  readonly record: KafkaRecord;
  readonly bytes: number;
  readonly ticket: WriteTicket;
  readonly index: number;
}

export interface LanePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly send: (partition: number, records: readonly KafkaRecord[]) => Promise<SendResult>;
  /** What all lanes together may hold. */
  readonly shared: ByteBudget;
  /** Told of each send whether it stored its records. */
  readonly onSend: (isStored: boolean) => void;
}

const stored: SinkOutcome = { kind: 'stored' };
const busy: SinkOutcome = { kind: 'retry', code: 'sink_busy' };
const unavailable: SinkOutcome = { kind: 'retry', code: 'partition_unavailable' };

export class PartitionLane {
  readonly breaker: CircuitBreaker;
  /** Bytes of one send. */
  maxSendBytes: number;
  readonly #partition: number;
  readonly #ports: LanePorts;
  readonly #own: ByteBudget;
  #waiting: LaneEntry[] = [];
  #run: Promise<void> | undefined;

  constructor(partition: number, maxSendBytes: number, own: ByteBudget, ports: LanePorts) {
    this.#partition = partition;
    this.#own = own;
    this.#ports = ports;
    this.maxSendBytes = maxSendBytes;
    this.breaker = new CircuitBreaker(partitionBreaker, () => ports.clock.monotonicMs());
  }

  /** Takes an event, or settles it at once. */
  offer(entry: LaneEntry): void {
    const refusal = this.#refusal(entry);
    if (refusal !== undefined) {
      entry.ticket.settle(entry.index, refusal);
      return;
    }
    this.#own.take(entry.bytes);
    this.#ports.shared.take(entry.bytes);
    this.#waiting.push(entry);
    this.#run ??= this.#sendAll();
  }

  #refusal({ bytes }: LaneEntry): SinkOutcome | undefined {
    if (this.breaker.refusesForMs > 0) return unavailable;
    const hasRoom = this.#own.hasRoomFor(bytes) && this.#ports.shared.hasRoomFor(bytes);
    return hasRoom ? undefined : busy;
  }

  /** Resolves once nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    await this.#run;
  }

  async #sendAll(): Promise<void> {
    // The rest of this turn's events come along.
    await undefined;
    while (this.#waiting.length > 0) {
      const entries = this.#cut();
      const outcome = await this.#deliver(entries);
      for (const entry of entries) {
        this.#release(entry);
        entry.ticket.settle(entry.index, outcome);
      }
    }
    this.#run = undefined;
  }

  #release({ bytes }: LaneEntry): void {
    this.#own.giveBack(bytes);
    this.#ports.shared.giveBack(bytes);
  }

  /** The events of the next send, without those that nobody waits for any more. */
  #cut(): LaneEntry[] {
    const entries: LaneEntry[] = [];
    let bytes = 0;
    let seen = 0;
    for (const entry of this.#waiting) {
      const isFull = bytes + entry.bytes > this.maxSendBytes && entries.length > 0;
      if (isFull || entries.length === limits.maxSendRecords) break;
      seen++;
      if (entry.ticket.isDone) {
        this.#release(entry);
      } else {
        bytes += entry.bytes;
        entries.push(entry);
      }
    }
    this.#waiting.splice(0, seen);
    return entries;
  }

  async #deliver(entries: readonly LaneEntry[]): Promise<SinkOutcome> {
    const records = entries.map(({ record }) => record);
    for (let attempt = 1; attempt <= limits.maxAttempts; attempt++) {
      if (entries.every(({ ticket }) => ticket.isDone)) break;
      if (!this.breaker.permit()) break;
      const result = await this.#ports.send(this.#partition, records);
      const isStored = isConfirmed(result, this.#partition);
      this.breaker.record(isStored);
      this.#ports.onSend(isStored);
      if (isStored) return stored;
      if (attempt < limits.maxAttempts) await this.#pause(this.#backoffMs(attempt));
    }
    return unavailable;
  }

  /** Lanes that failed together do not try again together. */
  #backoffMs(attempt: number): number {
    const { minBackoffMs, maxBackoffMs } = limits;
    const fraction = this.#ports.random.fraction();
    return restedBackoffDelayMs(attempt - 1, fraction, minBackoffMs, maxBackoffMs);
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#ports.clock.schedule(delayMs, resolve);
    });
  }
}

/** Whether Kafka's answer says that this partition has the records. */
function isConfirmed(result: SendResult, partition: number): boolean {
  if (result.kind !== 'answered' || result.receipts.length !== 1) return false;
  const [receipt] = result.receipts;
  return (
    receipt?.partition === partition &&
    receipt.errorCode === 0 &&
    receipt.offset !== undefined &&
    /^\d+$/.test(receipt.offset)
  );
}
