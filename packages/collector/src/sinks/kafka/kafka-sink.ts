/**
 * Events into a Kafka topic, so that what is acked cannot be lost with one machine.
 *
 * Invariants: nothing is written before a look at the topic found it fit, and that look is repeated
 * every minute. Each event goes to the partition that Kafka's Java producer would choose, through
 * that partition's lane (partition-lane.ts says what a lane promises). write() answers within
 * `writeTimeoutMs`: what is not confirmed by then is answered `retry`, though it may be stored.
 *
 * Not available: not opened or closed; topic not looked at, away or not fit; all breakers open.
 * After a look that nobody answered the last one stands, until Kafka has been silent, to sends too,
 * for `awayAfterMs`.
 */
import type { AcceptedEvent, Durable, RetryCode } from '@holdfast/protocol';
import type { Clock, Logger, Random } from '@holdfast/server-core/ports';
import { within } from '@holdfast/server-core/within';
import type { BreakerReading, EventSink, SinkAvailability, SinkOutcome } from '../event-sink.js';
import { ByteBudget } from './byte-budget.js';
import type { KafkaDriver } from './kafka-driver.js';
import { kafkaRecord, recordBytes } from './kafka-record.js';
import { kafkaSinkLimits as limits } from './limits.js';
import { PartitionLane } from './partition-lane.js';
import { partitionOf } from './partitioner.js';
import { checkTopic, type TopicCheck } from './topic-check.js';
import { WriteTicket } from './write-ticket.js';

export interface KafkaSinkOptions {
  readonly topic: string;
  /** Take a topic that keeps too few copies; acks then say `kafka-single`. */
  readonly allowSingleCopy: boolean;
  /** Bytes that wait or are under way; a partition may hold 1/8 of them. Default 64 MB. */
  readonly maxInFlightBytes?: number;
}

export interface KafkaSinkPorts {
  readonly driver: KafkaDriver;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export class KafkaSink implements EventSink {
  readonly name = 'kafka';
  readonly #options: KafkaSinkOptions;
  readonly #ports: KafkaSinkPorts;
  readonly #maxInFlightBytes: number;
  readonly #shared: ByteBudget;
  readonly #tickets = new Set<WriteTicket>();
  #lanes: PartitionLane[] = [];
  #isOpen = false;
  #check: TopicCheck = { kind: 'away', detail: 'not looked at yet' };
  /** The state that the log was told last. */
  #reported = '';
  #isChecking = false;
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  #cancelNextCheck: () => void = () => undefined;
  /** When a look failed first, of those that no answer of Kafka's has followed. */
  #awaySinceMs: number | undefined;

  constructor(options: KafkaSinkOptions, ports: KafkaSinkPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#maxInFlightBytes = options.maxInFlightBytes ?? limits.maxInFlightBytes;
    this.#shared = new ByteBudget(this.#maxInFlightBytes);
  }

  get durable(): Durable {
    if (this.#check.kind === 'fit') return this.#check.faults.length > 0 ? 'kafka-single' : 'kafka';
    return this.#options.allowSingleCopy ? 'kafka-single' : 'kafka';
  }

  async open(): Promise<void> {
    this.#isOpen = true;
    await this.#lookAtTopic();
    if (this.#check.kind !== 'unfit') return;
    await this.close(0);
    throw this.#check.error;
  }

  availability(): SinkAvailability {
    if (!this.#isOpen) return { isAvailable: false };
    if (this.#check.kind !== 'fit') {
      return { isAvailable: false, retryAfterMs: limits.recheckEveryMs };
    }
    const refusesForMs = Math.min(...this.#lanes.map(({ breaker }) => breaker.refusesForMs));
    if (refusesForMs === 0) return { isAvailable: true };
    return { isAvailable: false, retryAfterMs: refusesForMs };
  }

  breakers(): readonly BreakerReading[] {
    const { topic } = this.#options;
    return this.#lanes.map(({ breaker }, partition) => ({
      name: `${topic}/${partition}`,
      state: breaker.state,
    }));
  }

  async write(events: readonly AcceptedEvent[]): Promise<readonly SinkOutcome[]> {
    if (!this.availability().isAvailable) return refuse(events, 'sink_unavailable');
    const ticket = new WriteTicket(events.length);
    const cancel = this.#ports.clock.schedule(limits.writeTimeoutMs, () => ticket.expire());
    this.#tickets.add(ticket);
    events.forEach((event, index) => {
      const record = kafkaRecord(event);
      const lane = this.#lanes[partitionOf(record.key, this.#lanes.length)];
      lane?.offer({ record, bytes: recordBytes(record), ticket, index });
    });
    const outcomes = await ticket.done;
    cancel();
    this.#tickets.delete(ticket);
    return outcomes;
  }

  async close(timeoutMs: number): Promise<void> {
    this.#isOpen = false;
    this.#cancelNextCheck();
    const { clock, driver } = this.#ports;
    const endMs = clock.monotonicMs() + timeoutMs;
    const idle = Promise.all(this.#lanes.map((lane) => lane.idle()));
    await within(clock, timeoutMs, idle, undefined);
    for (const ticket of this.#tickets) ticket.expire();
    const leftMs = Math.max(0, endMs - clock.monotonicMs());
    await driver.close(Math.min(leftMs, limits.disconnectTimeoutMs));
  }

  async #lookAtTopic(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    this.#checkedAtMs = this.#nowMs();
    this.#cancelNextCheck();
    const { topic, allowSingleCopy } = this.#options;
    const check = checkTopic(topic, await this.#ports.driver.describe(topic), allowSingleCopy);
    this.#awaySinceMs = check.kind === 'away' ? (this.#awaySinceMs ?? this.#nowMs()) : undefined;
    if (this.#counts(check)) this.#adopt(check);
    this.#isChecking = false;
    if (this.#isOpen) this.#checkAgain();
  }

  /** Whether a look that has just ended takes the place of the last one. */
  #counts({ kind }: TopicCheck): boolean {
    if (kind !== 'away' || this.#check.kind !== 'fit') return true;
    return this.#nowMs() - (this.#awaySinceMs ?? this.#nowMs()) >= limits.awayAfterMs;
  }

  #nowMs(): number {
    return this.#ports.clock.monotonicMs();
  }

  #checkAgain(): void {
    const { checkEveryMs, recheckEveryMs } = limits;
    const isWell = this.#check.kind === 'fit' && this.#awaySinceMs === undefined;
    const delayMs = isWell ? checkEveryMs : recheckEveryMs;
    this.#cancelNextCheck = this.#ports.clock.schedule(delayMs, () => void this.#lookAtTopic());
  }

  #adopt(check: TopicCheck): void {
    this.#check = check;
    this.#report(check);
    if (check.kind !== 'fit') return;
    // A topic with fewer partitions is another topic; lanes left over end with what they hold.
    this.#lanes = Array.from(
      { length: check.partitionCount },
      (_, partition) => this.#lanes[partition] ?? this.#createLane(partition, check.maxSendBytes),
    );
    for (const lane of this.#lanes) lane.maxSendBytes = check.maxSendBytes;
  }

  #createLane(partition: number, maxSendBytes: number): PartitionLane {
    const { clock, random, driver } = this.#ports;
    const own = new ByteBudget(this.#maxInFlightBytes / limits.partitionShare);
    return new PartitionLane(partition, maxSendBytes, own, {
      clock,
      random,
      shared: this.#shared,
      send: (to, records) => driver.send(this.#options.topic, to, records),
      onSend: (isStored) => this.#noteSend(isStored),
    });
  }

  /** After a failed send the next look does not wait for the minute to end. */
  #noteSend(isStored: boolean): void {
    if (isStored) this.#awaySinceMs = undefined;
    else if (this.#isOpen && this.#check.kind === 'fit') {
      const sinceMs = this.#nowMs() - this.#checkedAtMs;
      if (sinceMs >= limits.recheckEveryMs) void this.#lookAtTopic();
    }
  }

  #report(check: TopicCheck): void {
    const state = stateOf(check);
    if (state === this.#reported) return;
    this.#reported = state;
    const { logger } = this.#ports;
    const { topic } = this.#options;
    if (check.kind === 'away') {
      logger.log('warn', 'Kafka is away', { topic, detail: check.detail });
    } else if (check.kind === 'unfit') {
      logger.log('error', check.error.message, { topic, code: check.error.code });
    } else {
      const faults = check.faults.join('; ');
      logger.log(faults === '' ? 'info' : 'warn', 'Kafka is ready', {
        topic,
        partitions: check.partitionCount,
        durable: this.durable,
        faults: faults || undefined,
      });
    }
  }
}

function refuse(events: readonly AcceptedEvent[], code: RetryCode): readonly SinkOutcome[] {
  return events.map(() => ({ kind: 'retry', code }));
}

/** Two looks with the same state need one line in the log. */
function stateOf(check: TopicCheck): string {
  switch (check.kind) {
    case 'away':
      return 'away';
    case 'unfit':
      return check.error.code;
    case 'fit':
      return `fit ${check.partitionCount} ${check.faults.join()}`;
  }
}
