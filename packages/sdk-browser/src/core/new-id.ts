import { nowMs } from '../browser-clock.js';
import { randomBytes } from '../browser-random.js';

/** A UUIDv7. Those of one millisecond are in no order; `queue.seq` is what tells it. */
export function newId(): string {
  const digits = `${hex(nowMs(), 12)}7${randomDigits(9)}`;
  return digits.replace(/(.{8})(.{4})(.{4})(.{3})/, '$1-$2-$3-8$4-');
}

/** Hexadecimal digits of so many unpredictable bytes. */
export function randomDigits(bytes: number): string {
  return [...randomBytes(bytes)].map((byte) => hex(byte, 2)).join('');
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
