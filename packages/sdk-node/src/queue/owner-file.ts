/**
 * Who owns a queue folder: the file `owner` in it, JSON, replaced in one step every 10 s.
 *
 * An owner is dead if it released the folder; or if it noted our boot and pid namespace and its pid
 * does not run any more, or runs since another time; never while that pid runs. Where pids tell
 * nothing (other container, other machine, before a reboot, no /proc, no readable owner file), it
 * is dead once an adopter has itself watched its counter unchanged for a minute.
 */
import { nodeLimits } from '../limits.js';
import type { FileSystem } from './file-system.js';
import { isGone, type ProcessIdentity, type ProcessTable } from './process-identity.js';
import { writeAll } from './write-all.js';

export interface OwnerRecord extends ProcessIdentity {
  readonly version: 1;
  /** Worker threads share a pid: each client has an id of its own. */
  readonly instanceId: string;
  readonly counter: number;
  /** Closed in good order: the next client may adopt it even while the process runs. */
  readonly isReleased: boolean;
}

const ownerName = 'owner';

export function readOwner(fileSystem: FileSystem, folderPath: string): OwnerRecord | undefined {
  try {
    const bytes = fileSystem.readSmall(`${folderPath}/${ownerName}`);
    const record = JSON.parse(Buffer.from(bytes).toString()) as OwnerRecord;
    return record?.version === 1 ? record : undefined;
  } catch {
    // Not written yet, torn by a power cut, of a later version: the lease decides.
    return undefined;
  }
}

/** Replaces the owner file in one step. Throws the file system's error. */
export function writeOwner(fileSystem: FileSystem, folderPath: string, record: OwnerRecord): void {
  replaceFile(fileSystem, folderPath, ownerName, `${folderPath}/${ownerName}`, record);
}

/** Writes JSON to a temporary file in `folderPath` and moves it to its place. */
export function replaceFile(
  fileSystem: FileSystem,
  folderPath: string,
  name: string,
  target: string,
  value: unknown,
): void {
  const temporary = `${folderPath}/${name}.tmp`;
  const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  const fd = fileSystem.openForWriting(temporary);
  try {
    fileSystem.truncate(fd, 0);
    writeAll(fileSystem, fd, bytes, 0);
  } finally {
    fileSystem.close(fd);
  }
  fileSystem.move(temporary, target);
}

interface Watch {
  counter: string;
  sinceMs: number;
  lookedAtMs: number;
}

/** Judges owners, and remembers what it saw of those that only a lease can judge. */
export class OwnerWatch {
  readonly #processes: ProcessTable;
  readonly #watches = new Map<string, Watch>();

  constructor(processes: ProcessTable) {
    this.#processes = processes;
  }

  /** Whether the owner of a folder is dead, by all that is known now. */
  isDead(folderName: string, owner: OwnerRecord | undefined, nowMs: number): boolean {
    if (owner?.isReleased) return true;
    if (owner && this.#isComparable(owner)) {
      return isGone(owner.startedAt, this.#processes.startedAt(owner.pid));
    }
    return this.#isLeaseOver(folderName, owner, nowMs);
  }

  /** Forgets all folders but these. */
  keepOnly(folderNames: ReadonlySet<string>): void {
    for (const name of this.#watches.keys()) {
      if (!folderNames.has(name)) this.#watches.delete(name);
    }
  }

  #isComparable({ bootId, pidNamespace }: OwnerRecord): boolean {
    const { self } = this.#processes;
    return bootId !== null && bootId === self.bootId && pidNamespace === self.pidNamespace;
  }

  #isLeaseOver(folderName: string, owner: OwnerRecord | undefined, nowMs: number): boolean {
    const counter = owner ? `${owner.instanceId} ${owner.counter}` : 'none';
    const watch = this.#watches.get(folderName);
    // After a pause of our own the watch begins anew: the owner may have been paused with us.
    const isInterrupted = watch && nowMs - watch.lookedAtMs > 3 * nodeLimits.heartbeatMs;
    if (!watch || watch.counter !== counter || isInterrupted) {
      if (!watch && this.#watches.size >= nodeLimits.maxWatchedFolders) return false;
      this.#watches.set(folderName, { counter, sinceMs: nowMs, lookedAtMs: nowMs });
      return false;
    }
    watch.lookedAtMs = nowMs;
    return nowMs - watch.sinceMs >= nodeLimits.leaseMs;
  }
}
