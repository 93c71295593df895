import { open } from 'node:fs/promises';

/** Makes a folder's entries durable: a new file's name is not, however often the file is synced. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
