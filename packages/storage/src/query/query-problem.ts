import type { ServerResponse } from 'node:http';
import { sendProblem } from '@holdfast/server-core/http/problem';

/** The closed list of the query API's codes, each with its HTTP status. */
const queryProblemStatuses = {
  invalid_parameter: 400,
  unknown_write_key: 401,
  loopback_only: 403,
  not_found: 404,
  method_not_allowed: 405,
  query_failed: 500,
  overloaded: 503,
  query_timeout: 503,
} as const;
export type QueryProblemCode = keyof typeof queryProblemStatuses;

/** Why a request is not answered; thrown by handlers, sent as problem+json (RFC 9457). */
export class QueryProblem extends Error {
  readonly code: QueryProblemCode;

  constructor(code: QueryProblemCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

export function sendQueryProblem(
  response: ServerResponse,
  code: QueryProblemCode,
  detail: string,
): void {
  const status = queryProblemStatuses[code];
  sendProblem(response, status, code, detail, {
    'cache-control': 'no-store',
    ...(status === 503 && { 'retry-after': '1' }),
    ...(code === 'method_not_allowed' && { allow: 'GET, HEAD' }),
  });
}
