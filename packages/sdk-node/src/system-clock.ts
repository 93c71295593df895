import type { Clock } from '@holdfast/sdk-core/ports';

/** The process's real time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, callback, keepsAlive = false) {
    const timer = setTimeout(callback, delayMs);
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
  // The end of the turn: after promises and process.nextTick, before the next I/O.
  defer: (callback) => void setImmediate(callback).unref(),
};
