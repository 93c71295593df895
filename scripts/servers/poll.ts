import { setTimeout as pause } from 'node:timers/promises';
import { serverLimits } from './limits.js';

/**
 * Waits until `find` gives something else than undefined or false. Throws after `timeoutMs` with
 * `what` was waited for and the last error.
 */
export async function poll<T>(
  what: string,
  find: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs: number = serverLimits.readyTimeoutMs,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const found = await find();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      // A server that is still starting refuses in many ways; the last one is told at the end.
      cause = error;
    }
    await pause(serverLimits.pollEveryMs);
  } while (performance.now() < end);
  throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause });
}
