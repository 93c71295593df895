import { setTimeout as pause } from 'node:timers/promises';

/** Looks again and again until `isSo`; rejects after `timeoutMs`. */
export async function until(
  what: string,
  timeoutMs: number,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(25);
  }
}
