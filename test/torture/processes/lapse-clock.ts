import type { Clock } from '@holdfast/sdk-core/ports';

/** Real time that passes `rate` times as fast: backoffs and leases take their course, and hold
 *  nobody up. */
export function lapseClock(rate: number): Clock {
  const startedMs = Date.now();
  const monotonicMs = () => performance.now() * rate;
  return {
    nowMs: () => Math.floor(startedMs + monotonicMs()),
    monotonicMs,
    schedule(delayMs, callback, keepsAlive = false) {
      const timer = setTimeout(callback, Math.min(delayMs / rate, 0x7fffffff));
      if (!keepsAlive) timer.unref();
      return () => clearTimeout(timer);
    },
    defer: (callback) => void setImmediate(callback),
  };
}
