/** How every server answers: JSON, and RFC 9457 problems; the only writer of both. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { problemMediaType, problemStatuses } from '@holdfast/protocol';
import { serverLimits } from '../limits.js';
import type { Refusal } from '../refusal.js';

/** Without these on every answer, errors included, a page sees neither status nor Retry-After. */
export const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Retry-After, Date',
} as const;

type Headers = Record<string, string>;

/** The body of a problem. Members that are undefined are left out. */
export function problemJson(status: number, code: string, detail?: string): string {
  const title = code.replaceAll('_', ' ');
  return JSON.stringify({ type: `urn:holdfast:problem:${code}`, title, status, code, detail });
}

/** Whole seconds, rounded up so that nobody comes back too early. */
function retryAfterSeconds(retryAfterMs: number): string {
  return String(Math.max(1, Math.ceil(retryAfterMs / 1_000)));
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Headers = {},
): void {
  response.end(
    writeHead(response, status, JSON.stringify(body), {
      'content-type': 'application/json',
      ...corsHeaders,
      ...headers,
    }),
  );
}

export function sendProblem(
  response: ServerResponse,
  status: number,
  code: string,
  detail: string,
  headers: Headers = {},
): void {
  const json = problemJson(status, code, detail);
  response.end(writeHead(response, status, json, { 'content-type': problemMediaType, ...headers }));
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
  const { code, detail, isCutOff } = refused;
  const bytes = writeHead(
    response,
    problemStatuses[code],
    problemJson(problemStatuses[code], code, detail),
    {
      'content-type': problemMediaType,
      ...corsHeaders,
      ...refusalHeaders(refused),
      ...(mustClose && { connection: 'close' }),
    },
  );
  if (!mustClose || request.complete || isCutOff) response.end(bytes);
  else linger(request, response, bytes);
}

function linger(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  response.write(bytes);
  const timer = setTimeout(() => response.end(), serverLimits.lingerMs);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  request.once('end', end).once('close', end);
  request.resume();
}

function writeHead(
  response: ServerResponse,
  status: number,
  json: string,
  headers: Headers,
): Buffer {
  const bytes = Buffer.from(json);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  return bytes;
}

function refusalHeaders({ code, retryAfterMs }: Refusal): Headers {
  const headers: Headers = {};
  if (retryAfterMs !== undefined) headers['retry-after'] = retryAfterSeconds(retryAfterMs);
  if (problemStatuses[code] === 401) headers['www-authenticate'] = 'Bearer';
  if (code === 'method_not_allowed') headers.allow = 'POST, OPTIONS';
  return headers;
}
