import { describe, expect, it } from 'vitest';
import { checkHistory, type Findings, type History } from '../torture-kafka/check-history.js';
import type { TopicRecord } from '../torture-kafka/topic-reader.js';

const exchange = { code: undefined, status: 200, accepted: 2, retried: 0 };

/** Two events that were delivered as promised, one of them twice on the way, and one refused. */
const sound: History = {
  tracked: new Map([
    ['shop a', 'A'],
    ['shop b', 'B'],
    ['shop deep', 'D'],
  ]),
  delivered: new Set(['shop a', 'shop b']),
  rejected: new Set(['shop deep']),
  acks: [{ collector: 'x1', atMs: 20, events: ['shop a', 'shop b'] }],
  exchanges: [{ ...exchange, collector: 'x1', sentAtMs: 5, endedAtMs: 20 }],
  receipts: [
    { collector: 'x1', atMs: 10, event: 'shop a', partition: 0, offset: 0 },
    { collector: 'x1', atMs: 10, event: 'shop b', partition: 0, offset: 1 },
  ],
  deadTimes: [{ fromMs: 30, toMs: 40 }],
  records: [record('shop a', 'A', 0), record('shop b', 'B', 1), record('shop a', 'A', 2)],
  deadLetters: new Set(['shop deep']),
};

function record(event: string, digest: string, offset: number): TopicRecord {
  return { event, digest, offset, partition: 0, dedupKey: `${event} today`, isNamedRight: true };
}

/** What is found in the sound history with some of it changed: names of findings, and how many. */
function found(change: Partial<History>): Partial<Record<keyof Findings, number>> {
  const findings = Object.entries(checkHistory({ ...sound, ...change }));
  return Object.fromEntries(
    findings.filter(([, cases]) => cases.length > 0).map(([name, cases]) => [name, cases.length]),
  );
}

describe('checkHistory', () => {
  it('finds nothing in a sound history', () => {
    expect(found({})).toEqual({});
  });

  it('finds an acked event that is not in the topic', () => {
    const records = sound.records.filter(({ event }) => event !== 'shop b');
    expect(found({ records, receipts: sound.receipts })).toEqual({ lost: 1, misplaced: 1 });
  });

  it('finds an event that is not where Kafka said', () => {
    const records = [record('shop b', 'B', 0), record('shop a', 'A', 1)];
    expect(found({ records })).toEqual({ misplaced: 2 });
  });

  it('finds an event that nobody tracked', () => {
    expect(found({ records: [...sound.records, record('shop c', 'C', 3)] })).toEqual({
      untracked: 1,
    });
  });

  it('finds changed bytes, and headers that name another event', () => {
    const changed = { ...record('shop a', 'X', 3) };
    const misnamed = { ...record('shop b', 'B', 4), isNamedRight: false };
    expect(found({ records: [...sound.records, changed, misnamed] })).toEqual({ altered: 2 });
  });

  it('finds a copy that deduplication would not recognise', () => {
    const copy = { ...record('shop a', 'A', 3), dedupKey: 'shop a yesterday' };
    expect(found({ records: [...sound.records, copy] })).toEqual({ countedTwice: 1 });
  });

  it('finds a refused event in the topic, and one that is no dead letter', () => {
    const records = [...sound.records, record('shop deep', 'D', 3)];
    expect(found({ records })).toEqual({ refused: 1 });
    expect(found({ deadLetters: new Set() })).toEqual({ refused: 1 });
  });

  it('finds an ack before its receipt, and one on the receipt of another life', () => {
    const late = sound.receipts.map((receipt) => ({ ...receipt, atMs: 25 }));
    expect(found({ receipts: late })).toEqual({ ackedEarly: 2 });
    const others = sound.receipts.map((receipt) => ({ ...receipt, collector: 'x2' }));
    expect(found({ receipts: others })).toEqual({ ackedEarly: 2 });
  });

  it('finds a request that was accepted while too few brokers ran', () => {
    expect(found({ deadTimes: [{ fromMs: 4, toMs: 21 }] })).toEqual({ ackedDead: 1 });
    expect(found({ deadTimes: [{ fromMs: 6, toMs: 21 }] })).toEqual({});
  });

  it('finds what the client made up, and what it still holds', () => {
    expect(found({ delivered: new Set(['shop a', 'shop b', 'shop deep']) })).toEqual({
      invented: 1,
    });
    expect(found({ delivered: new Set(['shop a']) })).toEqual({ undelivered: 1 });
  });
});
