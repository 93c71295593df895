import { maxWriteKeyLength } from './limits.js';

/** Whether `value` may be a write key. It travels in a header and in a URL, so it is of printable
 *  ASCII without spaces, and bounded. */
export function isWriteKey(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxWriteKeyLength && /^[!-~]+$/.test(value);
}
