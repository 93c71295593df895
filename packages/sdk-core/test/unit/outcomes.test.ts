import { Outcomes } from '@holdfast/sdk-core/outcomes';
import { describe, expect, it } from 'vitest';

describe('Outcomes', () => {
  it('counts an event once, though two senders told of its end', () => {
    const outcomes = new Outcomes('queue-1');
    outcomes.lastSeq = 4;
    for (const seq of [3, 1, 3, 1, 2, 2, 3]) outcomes.settled('queue-1', seq, 'delivered');
    expect(outcomes.totals.delivered).toBe(3);
    outcomes.settled('queue-1', 4, 'rejected');
    outcomes.settled('queue-1', 4, 'delivered');
    expect(outcomes.totals).toEqual({ delivered: 3, rejected: 1, dropped: 0 });
  });
});
