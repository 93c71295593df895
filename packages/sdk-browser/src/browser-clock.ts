import type { Clock } from '@holdfast/sdk-core';

export function nowMs(): number {
  return Date.now();
}

export function monotonicMs(): number {
  return performance.now();
}

export function schedule(delayMs: number, callback: () => void, keepsAlive?: boolean): () => void {
  // Browsers treat more than 2^31 − 1 ms as 0.
  const timer: unknown = setTimeout(callback, Math.min(delayMs, 0x7fffffff));
  // A timer of Node, where a server renders pages, would keep its process running.
  if (!keepsAlive) (timer as { unref?: () => void }).unref?.();
  return () => clearTimeout(timer as number);
}

/** RFC 3339. */
export function isoTime(): string {
  return new Date(nowMs()).toISOString();
}

/** The platform's time. */
export const browserClock: Clock = {
  nowMs,
  monotonicMs,
  schedule,
  defer: (callback) => queueMicrotask(callback),
};
