import type { Disk, DiskFile } from '../../src/disk/disk.js';
import { interceptedDisk } from './intercepted-disk.js';

export class Crash extends Error {}

const unchanging = new Set(['open', 'read', 'readFile', 'list', 'stat']);

/** A disk that works for so many calls that change it; the next one fails before or after it is
 *  done, and from then on the process is dead to the disk. */
export function crashingDisk(
  inner: Disk,
  callsLeft: number,
  isDone: boolean,
): { readonly disk: Disk; readonly hasCrashed: () => boolean } {
  let calls = 0;
  const disk = interceptedDisk(inner, async ({ name }, run) => {
    // After a call that changes nothing the disk is as it was before the next one; and the kernel
    // closes what a dead process left open.
    if (unchanging.has(name) && calls <= callsLeft) return run();
    if (name === 'close') return run();
    calls++;
    if (calls > callsLeft + 1) throw new Crash();
    if (calls === callsLeft + 1 && !isDone) throw new Crash();
    const result = await run();
    if (calls !== callsLeft + 1) return result;
    if (name === 'create') await (result as DiskFile).close();
    throw new Crash();
  });
  return { disk, hasCrashed: () => calls > callsLeft };
}
