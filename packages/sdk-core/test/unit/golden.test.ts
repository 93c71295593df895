import { describe, expect, it } from 'vitest';
import { golden } from '../../../protocol/test/support/golden.js';
import { type Judgement, judge } from '../../src/answer.js';

interface AnswerVector {
  readonly name: string;
  readonly sent: { readonly batchId: string; readonly events: number };
  readonly status: number;
  readonly body: string;
  readonly kind: Judgement['kind'];
  readonly code?: string;
  readonly isOnePriority?: boolean;
  readonly rejected?: readonly number[];
  readonly retry?: readonly number[];
}

describe('golden answers', () => {
  it.each(golden<AnswerVector>('answers'))('$kind: $status $name', (vector) => {
    const { sent, status, body, kind } = vector;
    const outcome = { kind: 'answer', status, body, retryAfter: null, date: null } as const;
    const verdict = judge(outcome, sent.batchId, sent.events, 0);
    expect(verdict.kind).toBe(kind);
    if (verdict.kind === 'acked') {
      expect(verdict.ack.rejected.map(({ index }) => index)).toEqual(vector.rejected);
      expect(verdict.ack.retry.map(({ index }) => index)).toEqual(vector.retry);
    } else if (verdict.kind !== 'failure') expect(verdict.code).toBe(vector.code);
    if (verdict.kind === 'wait') expect(verdict.code === 'shed').toBe(vector.isOnePriority);
  });
});

interface RetryAfterVector {
  readonly name: string;
  readonly status: number;
  readonly isOurs: boolean;
  readonly retryAfter: string | null;
  readonly date: string | null;
  readonly nowMs: number;
  readonly afterMs: number | null;
}

describe('golden retry-after', () => {
  it.each(golden<RetryAfterVector>('retry-after'))('$status $name', (vector) => {
    const { status, isOurs, retryAfter, date, nowMs, afterMs } = vector;
    const code = status === 429 ? 'rate_limited' : 'sink_unavailable';
    const body = isOurs ? JSON.stringify({ status, code }) : 'not ours';
    const outcome = { kind: 'answer', status, body, retryAfter, date } as const;
    const wait = afterMs === null ? {} : { afterMs };
    expect(judge(outcome, 'b-1', 3, nowMs)).toEqual(
      isOurs
        ? { kind: 'wait', code, ...wait }
        : { kind: 'failure', cause: `foreign answer ${status}`, ...wait },
    );
  });
});
