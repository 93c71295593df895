/** How every answer of the collector is written: JSON, with headers that let a browser read it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Problem,
  type ProblemCode,
  problemMediaType,
  problemStatuses,
} from '@holdfast/protocol';
import { collectorLimits } from '../limits.js';

/** Without these on every answer, errors included, a page sees neither status nor Retry-After. */
export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Retry-After, Date',
} as const;

/** Why a request is not served. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly retryAfterMs?: number;
  /** No more of the request is read, though the answer may be lost by it. */
  readonly isCutOff?: boolean;
}

export function refusal(code: ProblemCode, detail?: string, retryAfterMs?: number): Refusal {
  return {
    kind: 'refused',
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** The RFC 9457 body of a code. */
export function problemOf(code: ProblemCode, detail?: string): Problem {
  return {
    type: `urn:holdfast:problem:${code}`,
    title: code.replaceAll('_', ' '),
    status: problemStatuses[code],
    code,
    ...(detail === undefined ? {} : { detail }),
  };
}

/** Whole seconds, rounded up so that nobody comes back too early. */
export function retryAfterSeconds(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    ...corsHeaders,
    ...headers,
    'content-length': bytes.length,
  });
  response.end(bytes);
}

/**
 * Answers a request that is not served. If its body is not read to the end, the answer goes out in
 * full first and the rest of the body is thrown away for a moment: cutting the connection at once
 * would reset it, and the client would see an error instead of the answer.
 */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  refused: Refusal,
  mustClose = false,
): void {
  const bytes = Buffer.from(JSON.stringify(problemOf(refused.code, refused.detail)));
  response.writeHead(problemStatuses[refused.code], {
    'content-type': problemMediaType,
    ...corsHeaders,
    ...refusalHeaders(refused),
    ...(mustClose ? { connection: 'close' } : {}),
    'content-length': bytes.length,
  });
  if (!mustClose || request.complete || refused.isCutOff) {
    response.end(bytes);
    return;
  }
  response.write(bytes);
  const timer = setTimeout(() => response.end(), collectorLimits.lingerMs);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  request.once('end', end).once('close', end);
  request.resume();
}

function refusalHeaders(refused: Refusal): Record<string, string> {
  const headers: Record<string, string> = {};
  if (refused.retryAfterMs !== undefined) {
    headers['retry-after'] = retryAfterSeconds(refused.retryAfterMs);
  }
  if (problemStatuses[refused.code] === 401) headers['www-authenticate'] = 'Bearer';
  if (refused.code === 'method_not_allowed') headers.allow = 'POST, OPTIONS';
  return headers;
}
