import { AnalyticsError } from '@holdfast/sdk-core/errors';

/**
 * The few calls that the queue makes to the file system, so that tests can let each of them fail.
 * All throw or reject with Node's errors (`code` is the errno's name).
 *
 * Calls on the way of append() and settle() are synchronous: what they write must be with the
 * kernel before they return, also inside an 'exit' handler.
 */
export interface FileSystem {
  /** Creates a folder and those above it, for the user alone; returns the topmost that was new. */
  makeFolder(path: string): string | undefined;
  /** Opens a new file for reading and writing; fails with EEXIST if there is one. */
  create(path: string): number;
  /** Opens an existing file for writing, or makes one. */
  openForWriting(path: string): number;
  /** Writes at a position and returns how many bytes it took, which may be fewer than asked. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  truncate(fd: number, length: number): void;
  /** Adds to the end of a file that other processes may be adding to, or makes one. */
  append(path: string, bytes: Uint8Array): void;
  close(fd: number): void;
  /** The length of a file, or undefined if there is nothing at this path. Works for folders too. */
  sizeOf(path: string): number | undefined;
  /** Replaces `to` in one step, if there is one. */
  move(from: string, to: string): void;
  /** The whole file, at once; only for small ones. */
  readSmall(path: string): Uint8Array;
  /** Names in a folder, at once; empty if there is no such folder. */
  listNow(path: string): string[];
  /** Forces a file's data to the disk. */
  syncData(fd: number): Promise<void>;
  /** Forces a folder's entries to the disk. */
  syncFolder(path: string): Promise<void>;
  /** Names in a folder. */
  list(path: string): Promise<string[]>;
  /** The bytes from `start` to `end`, fewer if the file ends before. */
  read(path: string, start: number, end: number): Promise<Uint8Array>;
  /** Deletes a file. */
  remove(path: string): Promise<void>;
  /** Deletes an empty folder. */
  removeFolder(path: string): Promise<void>;
}

/** The errno's name, or '' for what is no error of the system. */
export function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/** Writes all of `bytes` at a position. A full disk takes a part first and fails with the rest. */
export function writeAll(
  fileSystem: FileSystem,
  fd: number,
  bytes: Uint8Array,
  position: number,
): void {
  let written = 0;
  while (written < bytes.length) {
    const count = fileSystem.write(fd, bytes, written, bytes.length - written, position + written);
    if (count <= 0) throw Object.assign(new Error('write took nothing'), { code: 'EIO' });
    written += count;
  }
}

const fullErrnos = new Set(['ENOSPC', 'EDQUOT']);
/** What this process or machine lacks for the moment, whatever the file is like. */
const ownShortages = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'EINTR']);
/** Errors that say nothing about the disk's state for good: the same call may succeed later. */
const passingErrnos = new Set([...fullErrnos, ...ownShortages, 'EIO']);

/** An error of the file system as the AnalyticsError that callers get. */
export function storageError(cause: unknown, whatFailed: string): AnalyticsError {
  if (cause instanceof AnalyticsError) return cause;
  const errno = errnoOf(cause);
  return fullErrnos.has(errno)
    ? new AnalyticsError('storage_full', `${whatFailed}: ${errno}; free space on its disk`, cause)
    : new AnalyticsError('storage_failed', `${whatFailed}: ${errno || String(cause)}`, cause);
}

/** Whether the same call may succeed later, without anybody changing the configuration. */
export function mayPass(error: unknown): boolean {
  return passingErrnos.has(errnoOf(error));
}

/** Whether the call failed for want of something of our own, so that it tells nothing of a file. */
export function isOwnShortage(error: unknown): boolean {
  return ownShortages.has(errnoOf(error));
}
