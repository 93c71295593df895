import type { Clock } from './ports.js';

/** What `work` resolves with, or `late` if it has not after `timeoutMs`; rejects as `work` does. */
export async function within<T, Late>(
  clock: Pick<Clock, 'schedule'>,
  timeoutMs: number,
  work: Promise<T>,
  late: Late,
): Promise<T | Late> {
  let cancel: () => void = () => undefined;
  const timeout = new Promise<Late>((resolve) => {
    cancel = clock.schedule(timeoutMs, () => resolve(late));
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    cancel();
  }
}

/** Resolves when `work` has ended, well or not, or when its time is over; never rejects. */
export async function settledWithin(
  clock: Pick<Clock, 'schedule'>,
  timeoutMs: number,
  work: Promise<unknown>,
): Promise<void> {
  await within(clock, timeoutMs, Promise.allSettled([work]), undefined);
}
