import type { Clock } from '../../ports.js';

/** What `work` resolves with, or `late` if it has not after `timeoutMs`. */
export async function within<T, Late>(
  clock: Clock,
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
