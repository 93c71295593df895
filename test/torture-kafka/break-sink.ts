/** Two ways in which collectors lose events, for the controls: the checker must find what they lose. */
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import type { SinkOutcome } from '../../packages/collector/src/sinks/event-sink.js';
import { KafkaSink } from '../../packages/collector/src/sinks/kafka/kafka-sink.js';
import type { BreakMode } from './break-mode.js';
import { tortureLimits as limits } from './limits.js';

const stored: SinkOutcome = { kind: 'stored' };
const notStored: SinkOutcome = { kind: 'retry', code: 'sink_unavailable' };

/** Breaks the Kafka sinks of this process. */
export function breakSink(mode: BreakMode, brokers: readonly string[], topic: string): void {
  if (mode === 'early-ack') ackEarly();
  else sendPlainly(brokers, topic);
}

function ackEarly(): void {
  const { write } = KafkaSink.prototype;
  KafkaSink.prototype.write = async function (events) {
    void write.call(this, events);
    return events.map(() => stored);
  };
}

function sendPlainly(brokers: readonly string[], topic: string): void {
  const { write } = KafkaSink.prototype;
  const plain = new PlainProducer(brokers, topic);
  KafkaSink.prototype.availability = () => ({ isAvailable: true });
  KafkaSink.prototype.write = async function (events) {
    const areLetters = events.some(({ headers }) => headers.hf_code !== undefined);
    if (areLetters) return write.call(this, events);
    const messages = events.map(({ partitionKey, bytes, headers }) => ({
      key: partitionKey,
      value: Buffer.from(bytes),
      headers: { ...headers },
    }));
    const outcome = (await plain.send(messages)) ? stored : notStored;
    return events.map(() => outcome);
  };
}

/** A producer that is replaced when it hangs: what it refuses is not what it loses. */
class PlainProducer {
  readonly #client: Kafka;
  readonly #topic: string;
  #producer: Promise<Producer> | undefined;

  constructor(brokers: readonly string[], topic: string) {
    this.#client = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    this.#topic = topic;
  }

  /** Whether kafkajs says that all of them are stored. */
  async send(messages: Message[]): Promise<boolean> {
    this.#producer ??= this.#connect();
    const connected = this.#producer;
    const sending = connected.then((producer) =>
      producer.send({ topic: this.#topic, acks: -1, messages }).then(
        () => 'stored' as const,
        () => 'refused' as const,
      ),
    );
    const late = pause(limits.plainSendMs, 'late' as const, { ref: false });
    const outcome = await Promise.race([sending, late]).catch(() => 'unconnected' as const);
    const isUseless = outcome === 'late' || outcome === 'unconnected';
    if (isUseless && this.#producer === connected) {
      this.#producer = undefined;
      // However that ends, another has taken its place.
      connected.then((producer) => producer.disconnect()).catch(() => undefined);
    }
    return outcome === 'stored';
  }

  async #connect(): Promise<Producer> {
    const producer = this.#client.producer();
    await producer.connect();
    return producer;
  }
}
