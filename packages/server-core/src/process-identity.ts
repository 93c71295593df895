/** Names a process so that a later one can tell whether it still lives: a pid is used again. */
import { readFileSync, readlinkSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start; null where there is no /proc. */
  readonly startTicks: string | null;
  readonly bootId: string | null;
  /** Containers that share a folder see each other's pids as dead. */
  readonly pidNamespace: string | null;
}

/** This process, and those that it can see. */
export interface ProcessTable {
  readonly self: ProcessIdentity;
  /** When the process with this pid was started; null: there is none; `unknown`: nobody says. */
  startTicks(pid: number): string | null;
}

type ReadText = (path: string) => string;

/** What /proc tells. */
export function systemProcesses(
  readText: ReadText = (path) => readFileSync(path, 'utf8'),
): ProcessTable {
  const self = {
    pid: process.pid,
    startTicks: orNull(() => liveStartTicks(readText('/proc/self/stat'))),
    bootId: orNull(() => readText('/proc/sys/kernel/random/boot_id').trim()),
    pidNamespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
  };
  return { self, startTicks: (pid) => startTicks(pid, readText) };
}

/** `unknown`: it runs or ran where we cannot look, on another boot or in another container. */
export function livenessOf(other: ProcessIdentity, { self, startTicks }: ProcessTable) {
  const isComparable =
    self.startTicks !== null &&
    other.startTicks !== null &&
    other.bootId === self.bootId &&
    other.pidNamespace === self.pidNamespace;
  if (!isComparable) return 'unknown' as const;
  const ticks = startTicks(other.pid);
  if (ticks === unknown) return unknown;
  return ticks === other.startTicks ? ('alive' as const) : ('dead' as const);
}

const unknown = 'unknown';

function startTicks(pid: number, readText: ReadText): string | null {
  try {
    return liveStartTicks(readText(`/proc/${pid}/stat`));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: it ended while we were reading. Too few descriptors, for one, prove no death.
    return code === 'ENOENT' || code === 'ESRCH' ? null : unknown;
  }
}

/**
 * The 22nd field of /proc/<pid>/stat, counted after the name, which may hold anything. Null for a
 * zombie: it was killed, only its parent has not looked yet, and some never do. While a thread of
 * it is left (20th field), a write of its may still be under way.
 */
function liveStartTicks(stat: string): string | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const isZombie = fields[0] === 'Z' && Number(fields[17]) <= 1;
  return isZombie ? null : (fields[19] ?? null);
}

function orNull(read: () => string | null): string | null {
  try {
    return read();
  } catch {
    // No /proc: then there is nothing to compare.
    return null;
  }
}
