import { type ProblemCode, problemStatuses, type RejectedCode, type RetryCode } from './codes.js';

/** What an ack may stand for, one entry a sink. */
export const durables = [
  'kafka',
  'kafka-single',
  'file',
  'postgres',
  'postgres-single',
  'memory',
] as const;
export type Durable = (typeof durables)[number];

/** One event that was not taken. */
export interface EventVerdict<Code extends string = string> {
  /** Its place in the batch, from 0. */
  readonly index: number;
  readonly eventId?: string | undefined;
  readonly code: Code | (string & {});
  readonly detail?: string | undefined;
}

/** The body of a 200: accepted + duplicates + rejected.length + retry.length = events sent. */
export interface Ack {
  /** The request's batchId, or one that the collector made if it had none. */
  readonly batchId: string;
  readonly region: string;
  /** The deployment's epoch, only ever raised; clients send back the highest they have seen. */
  readonly epoch: number;
  readonly durable: readonly Durable[];
  readonly accepted: number;
  /** Events that the sinks already had: as good as accepted. */
  readonly duplicates: number;
  /** Refused for ever. */
  readonly rejected: readonly EventVerdict<RejectedCode>[];
  /** Not taken now; the client keeps them. */
  readonly retry: readonly EventVerdict<RetryCode>[];
}

/** The body of an error: RFC 9457 with a code of the closed list. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail?: string;
}

/** The media type of a {@link Problem}. */
export const problemMediaType = 'application/problem+json';

/**
 * Reads a 200's body, or undefined if it is not a collector's verdict on this very batch: its
 * batchId must match, its counts must add up, and no event may be named twice.
 */
export function parseAck(body: string, batchId: string, eventCount: number): Ack | undefined {
  return parse(body, (ack: Ack) => {
    const { region, epoch, durable, accepted, duplicates, rejected, retry } = ack;
    const verdicts = [...rejected, ...retry];
    return (
      ack.batchId === batchId &&
      typeof region === 'string' &&
      [durable, rejected, retry].every(Array.isArray) &&
      [epoch, accepted, duplicates].every(isCount) &&
      verdicts.every(
        ({ index, code }) => isCount(index) && index < eventCount && typeof code === 'string',
      ) &&
      accepted + duplicates + verdicts.length === eventCount &&
      new Set(verdicts.map(({ index }) => index)).size === verdicts.length
    );
  });
}

/** Reads an error's body, or undefined if it carries no code of the closed list for its status, or
 *  names another status than its own: then somebody on the way has changed it. */
export function parseProblem(body: string, status: number): Problem | undefined {
  return parse(
    body,
    (problem: Problem) =>
      typeof problem.code === 'string' &&
      problemStatuses[problem.code] === status &&
      (problem.status ?? status) === status,
  );
}

/** What a body holds, if it is what `isOurs` says it must be. */
function parse<T>(body: string, isOurs: (value: T) => boolean): T | undefined {
  try {
    const value = JSON.parse(body) as T;
    if (isOurs(value)) return value;
  } catch {
    // Not JSON (a proxy's page, a truncated body), or nothing that could be asked: no verdict.
  }
  return undefined;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
