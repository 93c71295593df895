import { request } from 'node:http';
import { parseAck, parseProblem, problemMediaType } from '@holdfast/protocol';
import { describe, expect, it } from 'vitest';
import {
  type GoldenText,
  golden,
  goldenBytes,
  goldenText,
} from '../../../protocol/test/support/golden.js';
import { acceptedEvents } from '../../src/receive/accept-batch.js';
import { BatchScanner } from '../../src/scan/scan-batch.js';
import { kafkaRecord } from '../../src/sinks/kafka/kafka-record.js';
import { partitionOf } from '../../src/sinks/kafka/partitioner.js';
import { shop, startCollector } from '../support/start-collector.js';

const scanner = new BatchScanner();
const page = { origins: ['https://shop.example'], allowsCritical: true };
const sources = [
  { ...shop, writeKeys: ['known-key'] },
  { ...shop, source: 'page', writeKeys: ['page-key'], ...page },
];
const usual = { authorization: 'Bearer known-key', 'content-type': 'application/json' };

function scanOne(event: GoldenText, batchMembers = '') {
  const batch = scanner.scan(Buffer.from(`{${batchMembers}"events":[${goldenText(event)}]}`));
  if (batch.kind === 'problem') throw new Error(batch.detail);
  return batch;
}

interface Sending {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Record<string, string>;
}

/** A request with these headers and no others, as far as HTTP lets them be. */
function send(port: number, sending: Sending, body: Uint8Array) {
  const { method = 'POST', target = '/v1/events', headers = usual } = sending;
  const length = { 'content-length': String(body.length) };
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const options = { port, method, path: target, headers: { ...headers, ...length } };
      const sent = request({ host: '127.0.0.1', agent: false, ...options }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }),
        );
        answer.on('error', reject);
      });
      sent.on('error', reject).end(body);
    },
  );
}

describe('golden events', () => {
  const vectors = golden<{
    name: string;
    event: GoldenText;
    code: string | null;
    eventId?: string | null;
  }>('events');

  it.each(vectors)('$code: $name', ({ event, code, eventId }) => {
    const [judged] = scanOne(event).events;
    expect(judged?.kind === 'rejected' ? judged.code : null).toBe(code);
    if (judged?.kind === 'rejected') expect(judged.eventId ?? null).toBe(eventId);
  });
});

interface BatchVector {
  readonly name: string;
  readonly body?: GoldenText;
  readonly bodyBase64?: string;
  readonly status: number;
  readonly code?: string;
  readonly batchId?: string | null;
  readonly stored?: readonly string[];
}

describe('golden batches', () => {
  it.each(golden<BatchVector>('batches'))('$status $code $name', async (vector) => {
    const { name, body: _, bodyBase64: __, status, code, batchId, stored, ...counts } = vector;
    const { port, sink } = await startCollector({ sources });
    const answer = await send(port, {}, goldenBytes(vector));
    expect(answer.status, name).toBe(status);
    if (status !== 200) {
      expect(parseProblem(answer.text, status)?.code).toBe(code);
      expect(sink.events).toEqual([]);
      return;
    }
    const ack = JSON.parse(answer.text);
    const sent = ack.accepted + ack.duplicates + ack.rejected.length;
    expect(parseAck(answer.text, batchId ?? ack.batchId, sent)).toEqual(ack);
    // The words of `detail` may change from version to version.
    for (const verdict of ack.rejected) delete verdict.detail;
    expect(ack).toMatchObject(counts);
    const bytes = sink.events.map((event) => Buffer.from(event.bytes).toString());
    if (stored !== undefined) expect(bytes).toEqual(stored);
  });
});

interface RequestVector extends Sending {
  readonly name: string;
  readonly body?: GoldenText;
  readonly bodyBase64?: string;
  readonly status: number;
  readonly code?: string;
}

describe('golden requests', () => {
  it.each(golden<RequestVector>('requests'))('$status $code $name', async (vector) => {
    const { port } = await startCollector({ sources });
    const { status, headers, text } = await send(port, vector, goldenBytes(vector));
    expect(status, text).toBe(vector.status);
    expect(parseProblem(text, status)?.code).toBe(vector.code);
    if (vector.code !== undefined) expect(headers['content-type']).toBe(problemMediaType);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-expose-headers']).toBe('Retry-After, Date');
  });
});

interface RecordVector {
  readonly name: string;
  readonly event: string;
  readonly received: {
    readonly source: string;
    readonly receivedAtMs: number;
    readonly sentAt?: string;
    readonly userAgent?: string;
    readonly traceparent?: string;
  };
  readonly key: string;
  readonly headers: Record<string, string>;
}

describe('golden records', () => {
  it.each(golden<RecordVector>('records'))('$name', ({ event, received, key, headers }) => {
    const { sentAt, ...reception } = received;
    const members = sentAt === undefined ? '' : `"sentAt":"${sentAt}",`;
    const accepted = acceptedEvents(scanOne(event, members), { priority: 'normal', ...reception });
    const record = kafkaRecord(accepted[0]!);
    expect(record.key.toString()).toBe(key);
    expect(record.value.toString()).toBe(event);
    expect(record.headers).toEqual(headers);
  });
});

interface PartitionVector {
  readonly key?: string;
  readonly keyBase64?: string;
  readonly murmur2: number;
  readonly partitions: Readonly<Record<string, number>>;
}

describe('golden partitions', () => {
  it.each(golden<PartitionVector>('partitions'))('of "$key": $partitions', (vector) => {
    const { key = '', keyBase64, murmur2: hash, partitions } = vector;
    const bytes = keyBase64 === undefined ? Buffer.from(key) : Buffer.from(keyBase64, 'base64');
    expect(partitionOf(bytes, 2 ** 31)).toBe(hash & 0x7fffffff);
    for (const [count, partition] of Object.entries(partitions)) {
      expect(partitionOf(bytes, Number(count))).toBe(partition);
    }
  });
});
