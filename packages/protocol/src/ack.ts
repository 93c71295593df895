import {
  isProblemCode,
  type ProblemCode,
  problemStatuses,
  type RejectedCode,
  type RetryCode,
} from './codes.js';

/** What an ack stands for, one entry a sink. */
export type Durable = 'kafka' | 'kafka-single' | 'file' | 'postgres' | 'postgres-single' | 'memory';

/** One event that was not taken. */
export interface EventVerdict<Code extends string = string> {
  /** Its place in the batch, from 0. */
  readonly index: number;
  readonly eventId?: string;
  readonly code: Code | (string & {});
  readonly detail?: string;
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
  const value = parseObject(body);
  if (value === undefined || value.batchId !== batchId) return undefined;
  const { region, epoch, durable, accepted, duplicates, rejected, retry } = value;
  if (typeof region !== 'string' || !isCount(epoch) || !Array.isArray(durable)) return undefined;
  if (!isCount(accepted) || !isCount(duplicates)) return undefined;
  if (!areVerdicts(rejected, eventCount) || !areVerdicts(retry, eventCount)) return undefined;
  if (accepted + duplicates + rejected.length + retry.length !== eventCount) return undefined;
  const named = new Set([...rejected, ...retry].map((verdict) => verdict.index));
  if (named.size !== rejected.length + retry.length) return undefined;
  return value as unknown as Ack;
}

/** Reads an error's body, or undefined if it carries no code of the closed list for its status, or
 *  names another status than its own: then somebody on the way has changed it. */
export function parseProblem(body: string, status: number): Problem | undefined {
  const value = parseObject(body);
  if (value === undefined || !isProblemCode(value.code)) return undefined;
  if (problemStatuses[value.code] !== status || (value.status ?? status) !== status)
    return undefined;
  return value as unknown as Problem;
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Not JSON: a proxy's page, a truncated body. The caller treats it as no verdict.
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function areVerdicts(value: unknown, eventCount: number): value is EventVerdict[] {
  return (
    Array.isArray(value) &&
    value.every(
      (item: unknown) =>
        typeof item === 'object' &&
        item !== null &&
        isCount((item as EventVerdict).index) &&
        (item as EventVerdict).index < eventCount &&
        typeof (item as EventVerdict).code === 'string',
    )
  );
}
