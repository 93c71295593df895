/**
 * A disk in memory: what the kernel keeps, with nothing to lose behind it. For tests that need tens
 * of thousands of disks. Passes the contract of {@link Disk}.
 *
 * Files are shared with whoever gave or takes their bytes: a write always makes new ones.
 */
import type { Disk, DiskEntry, DiskFile, DiskStat } from '../../src/disk/disk.js';

interface MemoryFile {
  bytes: Uint8Array;
  modifiedMs: number;
}

export class MemoryDisk implements Disk {
  readonly #files = new Map<string, MemoryFile>();
  readonly #folders = new Set<string>(['', '/']);

  /** Begins with these files; the folders above them are made. */
  constructor(files: Iterable<readonly [string, Uint8Array]> = []) {
    for (const [path, bytes] of files) {
      this.#makeFolder(folderOf(path));
      this.#files.set(path, { bytes, modifiedMs: 0 });
    }
  }

  /** Every file, by its path, as it is now. */
  files(): Map<string, Uint8Array> {
    return new Map([...this.#files].map(([path, { bytes }]) => [path, bytes]));
  }

  async makeFolder(path: string): Promise<string | undefined> {
    return this.#makeFolder(path);
  }

  async create(path: string): Promise<DiskFile> {
    if (this.#files.has(path)) throw failure('EEXIST', path);
    if (!this.#folders.has(folderOf(path))) throw failure('ENOENT', path);
    const file = { bytes: new Uint8Array(), modifiedMs: 0 };
    this.#files.set(path, file);
    return new OpenMemoryFile(file, true);
  }

  async open(path: string): Promise<DiskFile> {
    return new OpenMemoryFile(this.#found(path), false);
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    const file = this.#files.get(path);
    return file && new Uint8Array(file.bytes);
  }

  async list(folder: string): Promise<readonly DiskEntry[]> {
    if (!this.#folders.has(folder)) throw failure('ENOENT', folder);
    const entries = (paths: Iterable<string>, isFolder: boolean) =>
      [...paths]
        .filter((path) => path.length > 1 && folderOf(path) === folder)
        .map((path) => ({ name: path.slice(folder.length + 1), isFolder }));
    return [...entries(this.#files.keys(), false), ...entries(this.#folders, true)];
  }

  async stat(path: string): Promise<DiskStat | undefined> {
    const file = this.#files.get(path);
    return file && { bytes: file.bytes.length, modifiedMs: file.modifiedMs };
  }

  async touch(path: string, modifiedMs: number): Promise<void> {
    this.#found(path).modifiedMs = modifiedMs;
  }

  async truncate(path: string, bytes: number): Promise<void> {
    const file = this.#found(path);
    file.bytes = new Uint8Array(file.bytes.subarray(0, bytes));
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.#found(from);
    if (!this.#folders.has(folderOf(to))) throw failure('ENOENT', to);
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  async link(from: string, to: string): Promise<void> {
    const file = this.#found(from);
    if (this.#files.has(to)) throw failure('EEXIST', to);
    this.#files.set(to, file);
  }

  async remove(path: string): Promise<void> {
    this.#files.delete(path);
  }

  async syncFolder(path: string): Promise<void> {
    if (!this.#folders.has(path)) throw failure('ENOENT', path);
  }

  #makeFolder(path: string): string | undefined {
    let topmost: string | undefined;
    for (let at = path; !this.#folders.has(at); at = folderOf(at)) {
      this.#folders.add(at);
      topmost = at;
    }
    return topmost;
  }

  #found(path: string): MemoryFile {
    const file = this.#files.get(path);
    if (!file) throw failure('ENOENT', path);
    return file;
  }
}

class OpenMemoryFile implements DiskFile {
  readonly #file: MemoryFile;
  readonly #isWritable: boolean;
  #isClosed = false;

  constructor(file: MemoryFile, isWritable: boolean) {
    this.#file = file;
    this.#isWritable = isWritable;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed || !this.#isWritable) throw failure('EBADF', 'write');
    const { bytes: before } = this.#file;
    const after = new Uint8Array(before.length + bytes.length);
    after.set(before);
    after.set(bytes, before.length);
    this.#file.bytes = after;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    if (this.#isClosed) throw failure('EBADF', 'read');
    const part = this.#file.bytes.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  async datasync(): Promise<void> {
    if (this.#isClosed) throw failure('EBADF', 'fdatasync');
  }

  async close(): Promise<void> {
    if (this.#isClosed) throw failure('EBADF', 'close');
    this.#isClosed = true;
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
