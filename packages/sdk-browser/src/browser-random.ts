import type { Random } from '@holdfast/sdk-core';

/** The platform's chance. */
export const browserRandom: Random = {
  fraction: Math.random,
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
};
