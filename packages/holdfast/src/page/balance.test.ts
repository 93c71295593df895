import type { QueueLedger } from '@holdfast/storage/query/answers';
import { describe, expect, it } from 'vitest';
import { balance } from './balance.js';

const queue = (known: Partial<QueueLedger>): QueueLedger => ({
  source: 'dev',
  queueId: 'q',
  tracked: 0,
  counted: 0,
  copied: 0,
  rejected: 0,
  dropped: 0,
  missing: 0,
  highestSeq: 0,
  droppedBy: {},
  rejectedBy: {},
  gaps: [],
  lastReceivedAt: '2026-11-23T10:00:00.000Z',
  isPlausible: true,
  ...known,
});

const own = (tracked: number, dropped = 0) => new Map([['q', { tracked, dropped }]]);
const row = (seq: number, queueId = 'q') => ({ queueId, seq });

describe('balance', () => {
  it('adds up over all queues of this browser', () => {
    const queues = [queue({ counted: 3, rejected: 1, highestSeq: 4 })];
    expect(balance(own(7, 1), [row(6), row(7)], { queues })).toEqual({
      tracked: 7,
      counted: 3,
      pending: 2,
      rejected: 1,
      dropped: 1,
      difference: 0,
      outrun: [],
    });
  });

  it('does not count an event as pending that the server has already', () => {
    const queues = [queue({ counted: 3, highestSeq: 4, gaps: [[2, 2]] })];
    const sum = balance(own(5), [row(1), row(2), row(5)], { queues });
    expect(sum).toMatchObject({ counted: 3, pending: 2, difference: 0 });
  });

  it('shows an event that nobody has as a difference', () => {
    const queues = [queue({ counted: 3, highestSeq: 4, gaps: [[2, 2]] })];
    expect(balance(own(4), [], { queues }).difference).toBe(1);
    expect(balance(own(4), [], { queues: [] }).difference).toBe(4);
  });

  it('leaves queues of others out', () => {
    const queues = [queue({ queueId: 'other', counted: 9, highestSeq: 9 })];
    expect(balance(own(1), [row(1), row(1, 'other')], { queues })).toMatchObject({
      tracked: 1,
      counted: 0,
      pending: 1,
      difference: 0,
    });
  });

  it('leaves out, and names, a queue of which the server has seen more', () => {
    const queues = [queue({ counted: 4, highestSeq: 4 })];
    expect(balance(own(3), [row(3)], { queues })).toMatchObject({ tracked: 0, outrun: ['q'] });
  });
});
