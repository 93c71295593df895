/** Answers of captive portals, proxies and other people's servers: none of them is a verdict. */
import { SeededRandom } from '../../support/seeded-random.js';
import type { HttpAnswer } from './exchange.js';

const statuses = [
  200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406,
  407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 425, 426, 428, 431, 451,
  460, 499, 500, 501, 502, 504, 505, 507, 511, 520, 522, 524, 598,
];
const bodies = [
  '<html><body><h1>Welcome to the hotel</h1></body></html>',
  '',
  '{}',
  'null',
  '[]',
  '{"status":"ok"}',
  '{"accepted":1,"duplicates":0,"rejected":[],"retry":[]}',
  '{"batchId":null,"accepted":500}',
  '{"code":"blocked","status":400,"title":"blocked by policy"}',
  '{"error":{"code":403,"message":"quota"}}',
  '{"code":"unknown_write_key","status":400}',
  '{"code":"invalid_json","status":404}',
  'upstream connect error or disconnect/reset before headers',
];

/** Those that a careless client takes for a verdict. */
const verdictLike = [200, 400, 401, 403, 413, 415, 422];
/** So long one proxy answers in one way. */
const sameForMs = 20_000;

/** Any status but 429 and 503. */
export function foreignAnswer(random: SeededRandom, nowMs: number): HttpAnswer {
  const proxy = new SeededRandom(Math.floor(nowMs / sameForMs));
  const status = pick(proxy, proxy.fraction() < 0.6 ? verdictLike : statuses);
  return { status, headers: headersOf(random, nowMs), body: pick(random, bodies) };
}

/** A proxy's 429 or 503, with or without an order to wait. */
export function waitOrder(random: SeededRandom, nowMs: number, isOrder: boolean): HttpAnswer {
  const status = random.fraction() < 0.5 ? 429 : 503;
  const headers = headersOf(random, nowMs);
  if (!isOrder) return { status, headers, body: pick(random, bodies) };
  const chance = random.fraction();
  // One that says tomorrow must not be obeyed until then.
  const afterS = chance < 0.1 ? 86_400 : 1 + Math.floor(chance * 240);
  const dateMs = Date.parse(headers.date ?? '') || nowMs;
  const retryAfter =
    random.fraction() < 0.5 ? String(afterS) : new Date(dateMs + afterS * 1_000).toUTCString();
  // A date without a Date beside it would hang on the client's clock alone.
  const date = headers.date ?? new Date(nowMs).toUTCString();
  return { status, headers: { ...headers, date, 'retry-after': retryAfter }, body: '' };
}

/** A proxy's clock may be wrong by years. */
function headersOf(random: SeededRandom, nowMs: number): Record<string, string> {
  const chance = random.fraction();
  if (chance < 0.3) return {};
  const years = chance < 0.6 ? Math.floor(random.fraction() * 40) - 20 : 0;
  return { date: new Date(nowMs + years * 31_557_600_000).toUTCString() };
}

function pick<T>(random: SeededRandom, all: readonly T[]): T {
  return all[Math.floor(random.fraction() * all.length)]!;
}
