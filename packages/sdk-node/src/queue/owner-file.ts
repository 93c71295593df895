/**
 * Who owns a queue folder: the file `owner` in it, JSON with its checksum, replaced in one step
 * every 10 s.
 *
 * An owner is dead if it released the folder; or if it noted our boot and pid namespace and its pid
 * does not run any more, or runs since another time; never while another process than ours runs
 * under that pid. Where pids tell nothing (other container, other machine, before a reboot, no
 * /proc, no sound owner file, a worker thread of our own process that may have been terminated), it
 * is dead once an adopter has itself watched its counter unchanged for a minute.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import {
  isComparable,
  livenessOf,
  type ProcessIdentity,
  type ProcessTable,
  processTable,
} from '@holdfast/protocol';
import { nodeLimits } from '../limits.js';
import { readChecked, replaceChecked } from './checked-file.js';
import { type FileSystem, isOwnShortage } from './file-system.js';

export interface OwnerRecord extends ProcessIdentity {
  readonly version: 1;
  /** Worker threads share a pid: each client has an id of its own. */
  readonly instanceId: string;
  readonly counter: number;
  /** Closed in good order: the next client may adopt it even while the process runs. */
  readonly isReleased: boolean;
}

/** As it stands in the file. */
type SavedOwner = Omit<OwnerRecord, 'startTicks'> & { readonly startedAt: string | null };

const ownerName = 'owner';

/** This process and those that it can see, from /proc. */
export function systemProcesses(): ProcessTable {
  const readText = (path: string) => readFileSync(path, 'latin1');
  return processTable(process.pid, { readText, readLink: readlinkSync });
}

/** Undefined if there is none that is whole. Throws if we lack what is needed to read it. */
export function readOwner(fileSystem: FileSystem, folderPath: string): OwnerRecord | undefined {
  try {
    const saved = readChecked(fileSystem, `${folderPath}/${ownerName}`) as SavedOwner | undefined;
    return saved?.version === 1 ? { ...saved, startTicks: saved.startedAt } : undefined;
  } catch (error) {
    if (isOwnShortage(error)) throw error;
    // A bad sector: the lease decides.
    return undefined;
  }
}

/** Replaces the owner file in one step. Throws the file system's error. */
export function writeOwner(fileSystem: FileSystem, folderPath: string, record: OwnerRecord): void {
  const path = `${folderPath}/${ownerName}`;
  const { startTicks, ...others } = record;
  const saved: SavedOwner = { ...others, startedAt: startTicks };
  replaceChecked(fileSystem, `${path}.tmp`, path, saved);
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
    const { self } = this.#processes;
    if (owner && isComparable(owner, self)) {
      if (livenessOf(owner, this.#processes) === 'dead') return true;
      // Threads end without their process.
      if (owner.pid !== self.pid) return false;
    }
    return this.#isLeaseOver(folderName, owner, nowMs);
  }

  /** Forgets all folders but these. */
  keepOnly(folderNames: ReadonlySet<string>): void {
    for (const name of this.#watches.keys()) {
      if (!folderNames.has(name)) this.#watches.delete(name);
    }
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
