import type { Clock } from './ports.js';

/** Resolves when `work` has ended, well or not, or when its time is over; never rejects. */
export async function settledWithin(
  clock: Pick<Clock, 'schedule'>,
  work: Promise<unknown>,
  timeoutMs: number,
): Promise<void> {
  let cancel: () => void = () => undefined;
  const timeout = new Promise<void>((resolve) => {
    cancel = clock.schedule(timeoutMs, resolve);
  });
  await Promise.race([Promise.allSettled([work]), timeout]);
  cancel();
}
