import { FlushRun, Outcomes } from '@holdfast/sdk-core/outcomes';
import { describe, expect, it } from 'vitest';

describe('Outcomes', () => {
  it('counts an event once, though two senders told of its end', () => {
    const outcomes = new Outcomes('queue-1');
    outcomes.lastSeq = 4;
    for (const seq of [3, 1, 3, 1, 2, 2, 3])
      outcomes.settled([{ queueId: 'queue-1', seq }], 'delivered');
    expect(outcomes.totals.delivered).toBe(3);
    outcomes.settled([{ queueId: 'queue-1', seq: 4 }], 'rejected');
    outcomes.settled([{ queueId: 'queue-1', seq: 4 }], 'delivered');
    expect(outcomes.totals).toEqual({ delivered: 3, rejected: 1, dropped: 0 });
  });

  // The simulator's seed 3667: two requests had the same events; one was acked, and the ack of the
  // other could not be written. A third event had been in neither.
  it('does not take an event that has settled for one that was tried', async () => {
    const outcomes = new Outcomes('queue-1');
    outcomes.lastSeq = 3;
    const run = new FlushRun(outcomes.lastSeq, outcomes.totals);
    outcomes.runs.add(run);
    let isFinished = false;
    void run.finished.then(() => {
      isFinished = true;
    });
    const both = [1, 2].map((seq) => ({ queueId: 'queue-1', seq }));
    outcomes.settled(both, 'delivered');
    outcomes.tried(both);
    await Promise.resolve();
    expect(isFinished).toBe(false);
    outcomes.tried([{ queueId: 'queue-1', seq: 3 }]);
    await Promise.resolve();
    expect(isFinished).toBe(true);
  });

  it('counts nothing of another queue, nor waits for it', async () => {
    const outcomes = new Outcomes('queue-1');
    outcomes.lastSeq = 2;
    const run = new FlushRun(outcomes.lastSeq, outcomes.totals);
    outcomes.runs.add(run);
    let isFinished = false;
    void run.finished.then(() => {
      isFinished = true;
    });
    outcomes.settled([{ queueId: 'queue-2', seq: 1 }], 'delivered');
    outcomes.settled([{ queueId: 'queue-2', seq: 2 }], 'dropped');
    expect(run.report()).toEqual({ delivered: 0, rejected: 0, pending: 2, dropped: 0 });
    outcomes.tried([1, 2].map((seq) => ({ queueId: 'queue-2', seq })));
    await Promise.resolve();
    expect(isFinished).toBe(false);
    outcomes.settled([{ queueId: 'queue-1', seq: 1 }], 'delivered');
    expect(run.report()).toEqual({ delivered: 1, rejected: 0, pending: 1, dropped: 0 });
  });
});
