import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Every call by which the archive changes or asks the disk, DuckDB's own writing aside. */
export interface ArchiveFiles {
  makeFolder(path: string): Promise<void>;
  /** Undefined if there is no such file. */
  readText(path: string): Promise<string | undefined>;
  /** Makes or overwrites a file; durable when this resolves, but for its name. */
  writeText(path: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  syncFile(path: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Undefined if there is no such file. */
  sizeOf(path: string): Promise<number | undefined>;
  /** All files below a folder. */
  filesUnder(folder: string): Promise<string[]>;
  /** No error if it is gone already. */
  remove(path: string): Promise<void>;
}

export const nodeArchiveFiles: ArchiveFiles = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  readText: (path) => unlessMissing(readFile(path, 'utf8')),
  async writeText(path, text) {
    const file = await open(path, 'w');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  rename: (from, to) => rename(from, to),
  syncFile: syncPath,
  syncFolder: syncPath,
  sizeOf: (path) => unlessMissing(stat(path).then(({ size }) => size)),
  async filesUnder(folder) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  },
  remove: (path) => rm(path, { force: true }),
};

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
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
