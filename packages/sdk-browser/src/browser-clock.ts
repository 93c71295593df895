import type { Clock } from '@holdfast/sdk-core';

/** The platform's time. */
export const browserClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, callback) {
    // Browsers treat more than 2^31 − 1 ms as 0.
    const timer = setTimeout(callback, Math.min(delayMs, 0x7fffffff));
    return () => clearTimeout(timer);
  },
  defer: (callback) => queueMicrotask(callback),
};
