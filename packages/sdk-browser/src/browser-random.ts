import type { Random } from '@holdfast/sdk-core';

export function fraction(): number {
  return Math.random();
}

export function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** The platform's chance. */
export const browserRandom: Random = { fraction, bytes: randomBytes };
