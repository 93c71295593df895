/** Whether an answer is one that a collector may give, and the right one. */
import { type ProblemCode, problemMediaType, problemStatuses } from '@holdfast/protocol';
import { ackSchema, problemSchema } from '@holdfast/protocol/schemas';
import type { Expected, ExpectedEvent } from './expected-batch.js';
import type { AllowedCode } from './header-cases.js';
import type { Answer } from './read-answers.js';

export interface AckCounts {
  readonly batchId: string;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly index: number; readonly code: string }[];
  readonly retry: readonly { readonly index: number }[];
}

export type Judgement =
  | { readonly kind: 'ack'; readonly ack: AckCounts; readonly faults: string[] }
  | { readonly kind: 'problem'; readonly code: ProblemCode; readonly faults: string[] }
  /** Of another path, or of a preflight. */
  | { readonly kind: 'foreign'; readonly faults: string[] };

/** Nothing but load may be answered to whatever is asked. */
const loadCodes: readonly string[] = ['shed', 'sink_unavailable'];

/** Judges an answer by itself: its status, headers and form. */
export function judgeForm({ status, headers, body }: Answer): Judgement {
  const faults: string[] = [];
  if (!(status === 200 || status === 204 || (status >= 400 && status < 500) || status === 503)) {
    faults.push(`status ${status}`);
  }
  if (headers.get('access-control-allow-origin') !== '*') faults.push('no CORS header');
  if (headers.get('access-control-expose-headers') !== 'Retry-After, Date') {
    faults.push('hides Retry-After from pages');
  }
  for (const name of ['set-cookie', 'access-control-allow-credentials', 'location']) {
    if (headers.has(name)) faults.push(`sends ${name}`);
  }
  const value = status === 204 ? {} : jsonOf(body);
  if (value === undefined) return { kind: 'foreign', faults: [...faults, 'no JSON'] };
  if (Object.hasOwn(problemStatuses, String((value as { code?: unknown }).code))) {
    if (
      !problemSchema.safeParse(value).success ||
      (value as { status: number }).status !== status
    ) {
      faults.push('a malformed problem');
    }
    if (headers.get('content-type') !== problemMediaType) faults.push('no problem+json');
    const { code } = value as { code: ProblemCode };
    const mustWait = status === 503 || status === 429;
    if (mustWait && !/^\d+$/.test(headers.get('retry-after') ?? '')) faults.push('no Retry-After');
    return { kind: 'problem', code, faults };
  }
  if (status === 200 && 'accepted' in (value as object)) {
    if (!ackSchema.safeParse(value).success) faults.push('a malformed ack');
    return { kind: 'ack', ack: value as AckCounts, faults };
  }
  return { kind: 'foreign', faults };
}

function jsonOf(body: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // Whoever asked takes it for a fault.
    return undefined;
  }
}

/** Judges the answer to a head that allows these codes alone. */
export function codeFaults(judged: Judgement, allowed: readonly AllowedCode[]): string[] {
  const code = judged.kind === 'ack' ? 'ok' : judged.kind === 'problem' ? judged.code : 'foreign';
  if (allowed.includes(code) || loadCodes.includes(code)) return [];
  return [`answered ${code}, not ${allowed.join(' or ')}`];
}

/** Judges the answer by what the reference makes of the body. */
export function verdictFaults(judged: Judgement, expected: Expected): string[] {
  if (expected.kind === 'unjudged') return [];
  if (expected.kind === 'codes') return codeFaults(judged, expected.codes);
  if (judged.kind !== 'ack') return codeFaults(judged, ['ok']);
  return ackFaults(judged.ack, expected);
}

function ackFaults(ack: AckCounts, { batchId, events }: Extract<Expected, { kind: 'batch' }>) {
  const faults: string[] = [];
  const { accepted, duplicates, rejected, retry } = ack;
  const sum = accepted + duplicates + rejected.length + retry.length;
  if (sum !== events.length) faults.push(`${sum} verdicts on ${events.length} events`);
  if (batchId !== undefined && ack.batchId !== batchId) faults.push(`the ack of ${ack.batchId}`);
  const codes = new Map(rejected.map(({ index, code }) => [index, code]));
  const waiting = new Set(retry.map(({ index }) => index));
  events.forEach((event, index) => {
    if (waiting.has(index)) return;
    const fault = eventFault(event, codes.get(index));
    if (fault !== undefined) faults.push(`event ${index}: ${fault}`);
  });
  return faults;
}

function eventFault(event: ExpectedEvent, code: string | undefined): string | undefined {
  if (event.kind === 'valid')
    return code === undefined ? undefined : `rejected, ${code}, but sound`;
  if (code === undefined) return `taken, but ${event.codes.join(' or ')}`;
  return event.codes.includes(code) ? undefined : `${code}, not ${event.codes.join(' or ')}`;
}
