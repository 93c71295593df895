import { type Ack, parseAck, parseProblem } from '@holdfast/protocol';
import * as clientLimits from './limits.js';
import type { TransportOutcome } from './ports.js';

/** What an answer means for the batch that was sent. */
export type Judgement =
  | { readonly kind: 'acked'; readonly ack: Ack }
  /** The collector cannot take this batch as it is: one of its events is guilty. */
  | { readonly kind: 'refused'; readonly code: string; readonly detail?: string | undefined }
  /** The collector takes nothing from this client: key, origin, media type. */
  | { readonly kind: 'barred'; readonly code: string }
  /** An order to wait; the code `shed` speaks of the batch's priority alone. */
  | {
      readonly kind: 'wait';
      readonly afterMs?: number | undefined;
      readonly code: string;
    }
  /** No connection, a timeout, a fault, or an answer that is not the collector's. */
  | { readonly kind: 'failure'; readonly afterMs?: number | undefined; readonly cause: string };

/**
 * Judges an answer. It is a verdict only if it is ours: a 200 that matches the batch, or a problem
 * with a code of the closed list. A captive portal's 200 or a proxy's 413 must never cost an event.
 */
export function judge(
  outcome: TransportOutcome,
  batchId: string,
  eventCount: number,
  nowMs: number,
): Judgement {
  if (outcome.kind === 'network') return { kind: 'failure', cause: outcome.detail };
  const { status } = outcome;
  if (status === 200) {
    const ack = parseAck(outcome.body, batchId, eventCount);
    return ack ? { kind: 'acked', ack } : { kind: 'failure', cause: 'foreign answer 200' };
  }
  const problem = parseProblem(outcome.body, status);
  const maxMs = problem ? clientLimits.maxRetryAfterMs : clientLimits.maxForeignRetryAfterMs;
  const after =
    status === 429 || status === 503 ? retryAfterMs(outcome.retryAfter, outcome.date, nowMs) : -1;
  const afterMs = after >= 0 ? Math.min(after, maxMs) : undefined;
  if (!problem) return { kind: 'failure', cause: `foreign answer ${status}`, afterMs };
  const { code } = problem;
  switch (status) {
    case 400:
    case 413:
      // Not the doing of any event: something on the way broke the request.
      if (code === 'invalid_compression' || code === 'invalid_request') break;
      return { kind: 'refused', code, detail: problem.detail };
    case 429:
    case 503:
      return { kind: 'wait', code, afterMs };
    case 408:
    case 500:
      break;
    default:
      return { kind: 'barred', code };
  }
  return { kind: 'failure', cause: code };
}

/** Retry-After in ms from now, given as seconds or as a date in GMT; a date counts from the
 *  answer's own Date where there is one, because the local clock may be wrong. NaN: none. */
function retryAfterMs(retryAfter: string | null, date: string | null, nowMs: number): number {
  const text = retryAfter?.trim() ?? '';
  // Date.parse takes nearly anything for a date, '9999-1' among it.
  const until = text.endsWith('GMT') ? Date.parse(text) : Number.NaN;
  return /^\d+$/.test(text) ? Number(text) * 1_000 : until - (Date.parse(date ?? '') || nowMs);
}
