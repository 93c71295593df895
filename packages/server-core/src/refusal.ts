import type { ProblemCode } from '@holdfast/protocol';

/** Why a request is not served. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: ProblemCode;
  readonly detail?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** No more of the request is read, though the answer may be lost by it. */
  readonly isCutOff?: boolean;
}

export function refusal(code: ProblemCode, detail?: string, retryAfterMs?: number): Refusal {
  return { kind: 'refused', code, detail, retryAfterMs };
}
