import timers from 'node:timers';
import type { Clock } from '@holdfast/sdk-core/ports';

// As it is now: an app's tests put fake timers in the place of the global ones, and what is stored
// must not wait for them.
const { setImmediate } = timers;

/** The process's real time. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, callback, keepsAlive = false) {
    // Node treats more than 2^31 − 1 ms as 1.
    const timer = setTimeout(callback, Math.min(delayMs, 0x7fffffff));
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
  // The end of the turn: after promises and process.nextTick, before the next I/O.
  // Not unref'd: the loop would then wait for the next I/O or timer before it calls back.
  defer: (callback) => void setImmediate(callback),
};
