import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const removals = new Set<() => void>();

/** Does `remove`, which must be synchronous, when this process ends, however it ends but by
 *  SIGKILL; returns what takes that back. */
export function removeAtEnd(remove: () => void): () => void {
  if (removals.size === 0) follow();
  removals.add(remove);
  return () => removals.delete(remove);
}

/** A folder that goes with this process at the latest. */
export function scratchFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `holdfast-${name}-`));
  // Those that were killed just now may still write into it for a moment.
  const retries = { maxRetries: 20, retryDelay: 50 };
  removeAtEnd(() => rmSync(folder, { recursive: true, force: true, ...retries }));
  return folder;
}

let isFollowing = false;

function follow(): void {
  if (isFollowing) return;
  isFollowing = true;
  process.on('exit', () => {
    // The last first: processes before the folders they are in.
    for (const remove of [...removals].reverse()) remove();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(1));
  }
}
