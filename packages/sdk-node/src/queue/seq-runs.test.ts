import { describe, expect, it } from 'vitest';
import { nodeLimits } from '../limits.js';
import { SeqRuns } from './seq-runs.js';

describe('the numbers of a segment’s records', () => {
  it('are known of what was noted and of what must stand between', () => {
    const runs = new SeqRuns();
    for (const n of [0, 1, 4]) runs.note(n, { queueId: 'q', seq: n + 10 });
    expect(runs.find([1, 2, 3, 4])).toEqual([{ queueId: 'q', seqs: [11, 12, 13, 14] }]);
    expect(runs.find([5, 6])).toEqual([]);
  });

  it('are not guessed where another priority’s events may have come between', () => {
    const runs = new SeqRuns();
    runs.note(0, { queueId: 'q', seq: 1 });
    runs.note(2, { queueId: 'q', seq: 4 });
    expect(runs.find([0, 1, 2])).toEqual([{ queueId: 'q', seqs: [1, 4] }]);
  });

  it('are told by queue, and reports have none', () => {
    const runs = new SeqRuns();
    runs.note(0, { queueId: 'q', seq: 1 });
    runs.note(1, { queueId: 'q', seq: 0 });
    runs.note(2, { queueId: 'r', seq: 2 });
    expect(runs.find([0, 1, 2])).toEqual([
      { queueId: 'q', seqs: [1] },
      { queueId: 'r', seqs: [2] },
    ]);
  });

  it('come in lists of which each fits into a report', () => {
    const runs = new SeqRuns();
    const ordinals = Array.from({ length: nodeLimits.maxReportedSeqs + 1 }, (_, n) => n);
    for (const n of ordinals) runs.note(n, { queueId: 'q', seq: n + 1 });
    expect(runs.find(ordinals).map(({ seqs }) => seqs.length)).toEqual([
      nodeLimits.maxReportedSeqs,
      1,
    ]);
  });

  it('are remembered of so many runs', () => {
    const runs = new SeqRuns();
    const { maxSeqRuns } = nodeLimits;
    for (let n = 0; n <= maxSeqRuns; n++) runs.note(n, { queueId: 'q', seq: 2 * n + 1 });
    expect(runs.find([maxSeqRuns - 1])).toEqual([{ queueId: 'q', seqs: [2 * maxSeqRuns - 1] }]);
    expect(runs.find([maxSeqRuns])).toEqual([]);
  });
});
