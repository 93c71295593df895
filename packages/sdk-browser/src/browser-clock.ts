import type { Clock } from '@holdfast/sdk-core';

export const nowMs = () => Date.now();

/** The platform's time. */
export const browserClock: Clock = {
  nowMs,
  monotonicMs: () => performance.now(),
  schedule(delayMs, callback, keepsAlive) {
    // Browsers treat more than 2^31 − 1 ms as 0.
    const timer: unknown = setTimeout(callback, Math.min(delayMs, 0x7fffffff));
    // A timer of Node, where a server renders pages, would keep its process running.
    if (!keepsAlive) (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer as number);
  },
  defer: (callback) => queueMicrotask(callback),
};
