import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  stat,
  truncate,
  unlink,
  utimes,
} from 'node:fs/promises';
import type { Disk, DiskFile } from './disk.js';

/** Events may hold personal data: nobody but the user gets to read them. */
const fileMode = 0o600;
const folderMode = 0o700;

/** The real file system. */
export const nodeDisk: Disk = {
  makeFolder: (path) => mkdir(path, { recursive: true, mode: folderMode }),
  create: async (path) => diskFile(await open(path, 'wx', fileMode)),
  open: async (path) => diskFile(await open(path, 'r')),
  readFile: (path) => unlessMissing(readFile(path)),
  async list(folder) {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  },
  stat: (path) =>
    unlessMissing(stat(path).then(({ size, mtimeMs }) => ({ bytes: size, modifiedMs: mtimeMs }))),
  touch: (path, modifiedMs) => utimes(path, modifiedMs / 1_000, modifiedMs / 1_000),
  truncate: (path, bytes) => truncate(path, bytes),
  rename: (from, to) => rename(from, to),
  link: (from, to) => link(from, to),
  remove: (path) => unlessMissing(unlink(path)),
  async syncFolder(path) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

function diskFile(handle: FileHandle): DiskFile {
  return {
    write: (bytes) => writeAll(handle, bytes),
    async read(into, position) {
      const { bytesRead } = await handle.read(into, 0, into.length, position);
      return bytesRead;
    },
    datasync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

/** A disk that is nearly full takes a part first, and says why only when it is asked again. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written);
    written += bytesWritten;
  }
}

async function unlessMissing<Result>(result: Promise<Result>): Promise<Result | undefined> {
  try {
    return await result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
