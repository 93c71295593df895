/**
 * The queue's file system in memory: what the kernel keeps, without a disk behind it. For tests
 * that need tens of thousands of file systems. It passes the same contract as the real one.
 *
 * Files are shared with whoever gave or takes their bytes: a write always makes new ones.
 */
import type { FileSystem } from '../../src/queue/file-system.js';

interface MemoryFile {
  bytes: Uint8Array;
}

export class MemoryFileSystem implements FileSystem {
  readonly #files = new Map<string, MemoryFile>();
  readonly #folders = new Set<string>(['/']);
  readonly #open = new Map<number, MemoryFile>();
  #lastFd = 2;

  /** Begins with these files; the folders above them are made. */
  constructor(files: Iterable<readonly [string, Uint8Array]> = []) {
    for (const [path, bytes] of files) {
      this.makeFolder(folderOf(path));
      this.#files.set(path, { bytes });
    }
  }

  /** Every file, by its path, as it is now. */
  files(): Map<string, Uint8Array> {
    return new Map([...this.#files].map(([path, { bytes }]) => [path, bytes]));
  }

  /** Descriptors that nobody closed. */
  get openCount(): number {
    return this.#open.size;
  }

  makeFolder(path: string): string | undefined {
    if (this.#files.has(path)) throw failure('EEXIST', path);
    if (this.#folders.has(path) || path === '' || path === '.') return undefined;
    const above = this.makeFolder(folderOf(path));
    this.#folders.add(path);
    return above ?? path;
  }

  create(path: string): number {
    if (this.#exists(path)) throw failure('EEXIST', path);
    return this.#descriptorOf(this.#newFile(path));
  }

  openForWriting(path: string): number {
    if (this.#folders.has(path)) throw failure('EISDIR', path);
    return this.#descriptorOf(this.#files.get(path) ?? this.#newFile(path));
  }

  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
    const file = this.#opened(fd);
    const end = Math.max(file.bytes.length, position + length);
    file.bytes = resized(file.bytes, end);
    file.bytes.set(bytes.subarray(offset, offset + length), position);
    return length;
  }

  truncate(fd: number, length: number): void {
    const file = this.#opened(fd);
    file.bytes = resized(file.bytes, length);
  }

  append(path: string, bytes: Uint8Array): void {
    const fd = this.openForWriting(path);
    this.write(fd, bytes, 0, bytes.length, this.#opened(fd).bytes.length);
    this.close(fd);
  }

  close(fd: number): void {
    this.#opened(fd);
    this.#open.delete(fd);
  }

  sizeOf(path: string): number | undefined {
    if (this.#folders.has(path)) return 4_096;
    return this.#files.get(path)?.bytes.length;
  }

  move(from: string, to: string): void {
    if (!this.#folders.has(folderOf(to))) throw failure('ENOENT', to);
    const file = this.#files.get(from);
    if (file) {
      if (this.#folders.has(to)) throw failure('EISDIR', to);
      this.#files.delete(from);
      this.#files.set(to, file);
    } else if (this.#folders.has(from)) this.#moveFolder(from, to);
    else throw failure('ENOENT', from);
  }

  readSmall(path: string): Uint8Array {
    return this.#found(path).bytes;
  }

  listNow(path: string): string[] {
    const paths = [...this.#files.keys(), ...this.#folders];
    const prefix = path === '/' ? path : `${path}/`;
    return paths
      .filter((each) => each.length > prefix.length && each.startsWith(prefix))
      .map((each) => each.slice(prefix.length))
      .filter((name) => !name.includes('/'));
  }

  async syncData(fd: number): Promise<void> {
    this.#opened(fd);
  }

  async syncFolder(path: string): Promise<void> {
    if (!this.#folders.has(path)) throw failure('ENOENT', path);
  }

  async list(path: string): Promise<string[]> {
    if (this.#files.has(path)) throw failure('ENOTDIR', path);
    if (!this.#folders.has(path)) throw failure('ENOENT', path);
    return this.listNow(path);
  }

  async read(path: string, start: number, end: number): Promise<Uint8Array> {
    return new Uint8Array(this.#found(path).bytes.subarray(start, end));
  }

  async remove(path: string): Promise<void> {
    this.#found(path);
    this.#files.delete(path);
  }

  async removeFolder(path: string): Promise<void> {
    if ((await this.list(path)).length > 0) throw failure('ENOTEMPTY', path);
    this.#folders.delete(path);
  }

  #exists(path: string): boolean {
    return this.#files.has(path) || this.#folders.has(path);
  }

  #found(path: string): MemoryFile {
    if (this.#folders.has(path)) throw failure('EISDIR', path);
    const file = this.#files.get(path);
    if (!file) throw failure('ENOENT', path);
    return file;
  }

  #newFile(path: string): MemoryFile {
    if (!this.#folders.has(folderOf(path))) throw failure('ENOENT', path);
    const file = { bytes: new Uint8Array() };
    this.#files.set(path, file);
    return file;
  }

  #descriptorOf(file: MemoryFile): number {
    this.#open.set(++this.#lastFd, file);
    return this.#lastFd;
  }

  #opened(fd: number): MemoryFile {
    const file = this.#open.get(fd);
    if (!file) throw failure('EBADF', String(fd));
    return file;
  }

  #moveFolder(from: string, to: string): void {
    if (this.#files.has(to)) throw failure('ENOTDIR', to);
    const isBelow = (path: string, folder: string) => path.startsWith(`${folder}/`);
    const all = [...this.#files.keys(), ...this.#folders];
    if (all.some((path) => isBelow(path, to))) throw failure('ENOTEMPTY', to);
    if (isBelow(to, from)) throw failure('EINVAL', to);
    for (const path of all.filter((each) => each === from || isBelow(each, from))) {
      const target = to + path.slice(from.length);
      const file = this.#files.get(path);
      if (file) this.#files.set(target, file);
      else this.#folders.add(target);
      this.#files.delete(path);
      this.#folders.delete(path);
    }
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
