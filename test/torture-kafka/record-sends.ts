import type {
  KafkaRecord,
  SendResult,
} from '../../packages/collector/src/sinks/kafka/kafka-driver.js';
import { KafkajsDriver } from '../../packages/collector/src/sinks/kafka/kafkajs-driver.js';
import { monotonicMs } from './monotonic-clock.js';
import { eventText, ReceiptWriter, type SendLine } from './receipt-log.js';

/** Writes down what each send of this process came to, before the sink learns of it. */
export function recordSends(path: string): void {
  const writer = new ReceiptWriter(path);
  const { send } = KafkajsDriver.prototype;
  KafkajsDriver.prototype.send = async function (topic, partition, records) {
    const result = await send.call(this, topic, partition, records);
    writer.write(sendLine(topic, partition, records, result));
    return result;
  };
}

function sendLine(
  topic: string,
  partition: number,
  records: readonly KafkaRecord[],
  result: SendResult,
): SendLine {
  const events = records.map(({ headers }) =>
    eventText(headers.ce_source ?? '', headers.ce_id ?? ''),
  );
  const line = { atMs: monotonicMs(), topic, partition, events };
  if (result.kind === 'failed') return { ...line, failure: `${result.reason}: ${result.detail}` };
  const [receipt] = result.receipts;
  const isStored =
    result.receipts.length === 1 && receipt?.partition === partition && receipt.errorCode === 0;
  const offset = Number(receipt?.offset ?? Number.NaN);
  if (isStored && offset >= 0) return { ...line, offset };
  return { ...line, failure: JSON.stringify(result.receipts) };
}
