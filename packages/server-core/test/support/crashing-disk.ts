import type { Disk } from '../../src/disk/disk.js';
import { interceptedDisk } from './intercepted-disk.js';

export class Crash extends Error {}

const unchanging = new Set(['open', 'read', 'readFile', 'list', 'stat']);

/**
 * A disk that works for so many calls that change it; from the next one on the process is dead to
 * the disk. A crash right after a call leaves what one right before the next call does.
 */
export function crashingDisk(
  inner: Disk,
  callsLeft: number,
): { readonly disk: Disk; readonly hasCrashed: () => boolean } {
  let calls = 0;
  const disk = interceptedDisk(inner, async ({ name }, run) => {
    // After a call that changes nothing the disk is as it was before the next one; and the kernel
    // closes what a dead process left open.
    const isUnharmed = unchanging.has(name) && calls <= callsLeft;
    if (!isUnharmed && name !== 'close' && ++calls > callsLeft) throw new Crash();
    return run();
  });
  return { disk, hasCrashed: () => calls > callsLeft };
}
