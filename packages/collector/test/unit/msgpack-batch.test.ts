import { encodeMsgpackBatch } from '@holdfast/protocol/msgpack';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../test/support/seeded-random.js';
import { type Batch, BatchScanner } from '../../src/scan/scan-batch.js';
import { randomBody } from '../support/body-corpus.js';
import { readTree } from '../support/reference-json.js';
import { trackEvent } from '../support/track-event.js';

const scanner = new BatchScanner();

/** What reaches the sinks of a batch, and what is answered for the rest. */
function outcome(batch: Batch) {
  return {
    members: [batch.batchId, batch.sentAt, batch.epoch],
    events: batch.events.map(({ bytes, ...verdict }) => ({
      ...verdict,
      text: Buffer.from(bytes).toString(),
    })),
  };
}

/** The same batch as MessagePack, each event with its very bytes. */
function asMsgpack(body: Buffer, batch: Batch): Buffer {
  const text = body.toString();
  const tree = readTree(text);
  const entries = tree.kind === 'object' ? tree.entries : [];
  const events = entries.find(([key]) => key === 'events')?.[1];
  if (events?.kind !== 'array') throw new Error('no events');
  const bytes = events.items.map(({ start, end }) => Buffer.from(text.slice(start, end)));
  const { batchId, sentAt, epoch } = batch;
  return Buffer.from(
    encodeMsgpackBatch({
      ...(batchId === undefined ? {} : { batchId }),
      ...(sentAt === undefined ? {} : { sentAt }),
      ...(epoch === undefined ? {} : { epoch }),
      events: bytes,
    }),
  );
}

describe('a batch in MessagePack', () => {
  it('has the same outcome as in JSON, over a seeded corpus', () => {
    let compared = 0;
    for (let seed = 1; seed <= 5_000; seed++) {
      const body = randomBody(new SeededRandom(seed));
      const json = scanner.scan(Buffer.from(body));
      if (json.kind !== 'batch') continue;
      const msgpack = scanner.scanMsgpack(asMsgpack(body, json));
      expect(msgpack.kind === 'batch' && outcome(msgpack), `seed ${seed}`).toEqual(outcome(json));
      compared += json.events.length;
    }
    expect(compared).toBeGreaterThan(5_000);
  });

  it('loses one event, not all, if that is no JSON or no UTF-8', () => {
    const sound = Buffer.from(JSON.stringify(trackEvent('a')));
    const bad = ['{', '{} x', '', '{"a":\n1', Buffer.from([0x22, 0xff, 0x22])];
    const events = [sound, ...bad.map((part) => Buffer.from(part as string)), sound];
    const batch = scanner.scanMsgpack(Buffer.from(encodeMsgpackBatch({ events })));
    if (batch.kind !== 'batch') throw new Error(batch.detail);
    expect(batch.events.map(({ kind }) => kind)).toEqual([
      'valid',
      ...bad.map(() => 'rejected'),
      'valid',
    ]);
    for (const event of batch.events.slice(1, -1)) {
      expect(event).toMatchObject({ code: 'invalid_event', detail: 'not JSON' });
      expect(Buffer.from(event.bytes).includes(0x0a)).toBe(false);
    }
  });

  it.each([
    ['invalid_batch', Buffer.from('no msgpack')],
    ['invalid_batch', encodeMsgpackBatch({ batchId: 'a b', events: [] })],
    ['invalid_batch', encodeMsgpackBatch({ sentAt: 'soon', events: [] })],
    ['invalid_batch', encodeMsgpackBatch({ epoch: -1, events: [] })],
    ['too_many_events', encodeMsgpackBatch({ events: new Array(501).fill(Buffer.from('{}')) })],
  ])('is refused with %s', (code, body) => {
    expect(scanner.scanMsgpack(Buffer.from(body))).toMatchObject({ kind: 'problem', code });
  });
});
