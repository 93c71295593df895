import { AnalyticsError } from '@holdfast/sdk-core/errors';
import { errnoOf } from './file-system.js';

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
