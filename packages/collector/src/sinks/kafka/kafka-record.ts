import type { AcceptedEvent } from '@holdfast/protocol';
import type { KafkaRecord } from './kafka-driver.js';

/** The event as a Kafka record: its value is the very bytes that came, not a copy of them. */
export function kafkaRecord(event: AcceptedEvent): KafkaRecord {
  const { buffer, byteOffset, byteLength } = event.bytes;
  return {
    key: Buffer.from(event.partitionKey),
    value: Buffer.from(buffer, byteOffset, byteLength),
    headers: event.headers as unknown as Readonly<Record<string, string>>,
  };
}

/** Lengths, offset and time of a record, and of a header, as varints; rounded up. */
const recordOverhead = 32;
const headerOverhead = 6;

/** At least the bytes that the record takes in a send. */
export function recordBytes({ key, value, headers }: KafkaRecord): number {
  let bytes = recordOverhead + key.length + value.length;
  for (const name in headers) {
    bytes += headerOverhead + name.length + Buffer.byteLength(headers[name] as string);
  }
  return bytes;
}
