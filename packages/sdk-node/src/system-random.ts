import { randomFillSync } from 'node:crypto';
import type { Random } from '@holdfast/sdk-core/ports';

const poolBytes = 4_096;
const pool = Buffer.alloc(poolBytes);
let taken = poolBytes;

/** Unpredictable bytes from a pool: asking the system for 16 at a time costs five times as much. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  bytes(count) {
    if (count > poolBytes) return randomFillSync(Buffer.alloc(count));
    if (taken + count > poolBytes) {
      randomFillSync(pool);
      taken = 0;
    }
    const bytes = new Uint8Array(pool.subarray(taken, taken + count));
    taken += count;
    return bytes;
  },
};
