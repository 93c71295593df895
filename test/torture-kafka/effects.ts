/** What each kind of fault did to clients and collectors, from what was written down meanwhile. */
import { type DeadTime, isWithin } from './check-history.js';
import type { FaultSpan } from './faults.js';
import { type FaultKind, type Form, faultKinds } from './form.js';
import type { HttpHistory } from './http-history.js';
import { tortureLimits as limits } from './limits.js';
import type { ReceiptLog } from './receipt-log.js';
import type { TopicRecord } from './topic-reader.js';

export interface Effect {
  readonly kind: FaultKind;
  readonly count: number;
  /** How many of them did what they are for. */
  readonly hits: number;
  /** Sends to Kafka that failed. */
  readonly failedSends: number;
  /** Requests answered 503. */
  readonly refused: number;
  /** Events that an answer asked for again. */
  readonly retried: number;
  /** Requests whose connection was refused or cut. */
  readonly cut: number;
  /** Until events flowed again, the worst, ms. */
  readonly recoveryMs: number;
}

export interface Witnessed {
  readonly spans: readonly FaultSpan[];
  readonly history: HttpHistory;
  readonly log: ReceiptLog;
  readonly records: readonly TopicRecord[];
}

export function effectsOf(seen: Witnessed): Effect[] {
  seen.log.receipts.sort((a, b) => a.atMs - b.atMs);
  return faultKinds.map((kind) => {
    const spans = seen.spans.filter((span) => span.kind === kind);
    const inSpan = ({ atMs }: { atMs: number }) => spans.some((span) => isIn(span, atMs));
    const exchanges = seen.history.exchanges.filter(({ endedAtMs }) => inSpan({ atMs: endedAtMs }));
    return {
      kind,
      count: spans.length,
      hits: spans.filter(({ hasHit }) => hasHit).length,
      failedSends: seen.log.failedSends.filter(inSpan).length,
      refused: exchanges.filter(({ status }) => status === 503).length,
      retried: exchanges.reduce((sum, { retried }) => sum + retried, 0),
      cut: exchanges.filter(({ status }) => status === 0).length,
      recoveryMs: Math.max(0, ...spans.map((span) => recoveryMs(span, seen))),
    };
  });
}

/** A fault that does nothing proves nothing: each kind that was wanted must have had the effect that
 *  it is for. The quick form has one of a kind, which may come while all clients wait: there it must
 *  have hit, whether or not a send was under way. */
export function missingEffects(
  { counts: wanted, name }: Pick<Form, 'counts' | 'name'>,
  effects: readonly Effect[],
  seen: Witnessed,
): string[] {
  const faults: string[] = [];
  for (const { kind, count, hits, failedSends, refused, retried, cut } of effects) {
    if (wanted[kind] === 0) continue;
    const isFelt = {
      'kill-leader': failedSends > 0,
      'pause-broker': failedSends > 0,
      'all-down': failedSends > 0 && refused + retried > 0,
      'min-isr': failedSends > 0 && refused + retried > 0,
      'add-partitions': seen.records.some(({ partition }) => partition >= limits.partitions),
      'move-leaders': failedSends > 0,
      'kill-collector': cut > 0,
    }[kind];
    if (count === 0) faults.push(`the fault ${kind} never fired`);
    else if (hits === 0) faults.push(`the fault ${kind} never hit what it aims at`);
    else if (!isFelt && name !== 'quick') faults.push(`the fault ${kind} had no effect`);
  }
  const isAsked = (time: DeadTime) => seen.history.exchanges.some((e) => isWithin(e, time));
  const hasDeadTimes = wanted['all-down'] + wanted['min-isr'] > 0;
  if (hasDeadTimes && !deadTimesOf(seen.spans).some(isAsked)) {
    faults.push('nobody asked while too few brokers ran, so that no ack was possible then');
  }
  return faults;
}

export function deadTimesOf(spans: readonly FaultSpan[]): DeadTime[] {
  return spans.flatMap(({ deadTime }) => (deadTime === undefined ? [] : [deadTime]));
}

const isIn = ({ fromMs, toMs }: FaultSpan, atMs: number): boolean => atMs >= fromMs && atMs <= toMs;

/**
 * The longest that a partition was silent since it could have been heard again and before the next
 * fault; of a collector: until its next life acked something. Clients that wait out a Retry-After
 * prolong both.
 */
function recoveryMs(span: FaultSpan, { spans, log, history }: Witnessed): number {
  const { healMs, toMs, collector } = span;
  if (collector !== undefined) {
    const ack = history.acks.find((found) => found.collector === collector);
    return (ack?.atMs ?? healMs) - healMs;
  }
  const nextMs = spans[spans.indexOf(span) + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
  const last = new Map<number, number>();
  let longestMs = 0;
  for (const { partition, atMs } of log.receipts) {
    const sinceMs = Math.max(healMs, last.get(partition) ?? 0);
    if (sinceMs <= toMs) longestMs = Math.max(longestMs, Math.min(atMs, nextMs) - sinceMs);
    last.set(partition, atMs);
  }
  return longestMs;
}
