import { dirname, resolve } from 'node:path';
import type { Disk } from './disk.js';

/** Makes a file whose bytes are durable when this resolves; its name is not yet. Rejects with
 *  EEXIST if there is one. */
export async function writeNewFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.create(path);
  try {
    await file.write(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** At every moment, also after a power cut, the file at `path` is whole: the one before or this
 *  one. When this resolves it is this one for good. One caller at a time. */
export async function replaceFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  await disk.remove(temporary);
  await writeNewFile(disk, temporary, bytes);
  await disk.rename(temporary, path);
  await disk.syncFolder(dirname(path));
}

/** Makes a folder; its name and those of new ones above it are durable when this resolves. */
export async function makeDurableFolder(disk: Disk, path: string): Promise<void> {
  const folder = resolve(path);
  const topmost = resolve((await disk.makeFolder(folder)) ?? folder);
  const above: string[] = [];
  for (let each = folder; each.length >= topmost.length; each = dirname(each)) {
    above.push(dirname(each));
  }
  for (const each of above.reverse()) await disk.syncFolder(each);
}
