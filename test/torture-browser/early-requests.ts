import type { SeenRequest } from '../../packages/sdk-browser/test/support/fault-proxy.js';

/** What was under way when the page was told to wait may still come in for so long. */
const underWayMs = 500;
/** Timers of browsers and of this process may differ by this much. */
const timerMs = 50;

/** The requests that came before a Retry-After of their page's origin had passed. */
export function earlyRequests(requests: readonly SeenRequest[]): string[] {
  return requests.flatMap((order) => {
    const { status, retryAfter, atMs } = order.answer ?? {};
    if ((status !== 503 && status !== 429) || retryAfter === undefined) return [];
    const endMs = atMs! + Number(retryAfter) * 1_000 - timerMs;
    return requests
      .filter((other) => other.headers.origin === order.headers.origin)
      .filter((other) => other.atMs > atMs! + underWayMs && other.atMs < endMs)
      .map((other) => `${Math.round(other.atMs - atMs!)} ms after a Retry-After: ${retryAfter}`);
  });
}
