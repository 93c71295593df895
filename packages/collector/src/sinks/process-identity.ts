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

export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    startTicks: startTicks(process.pid),
    bootId: readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: readOrNull(() => readlinkSync('/proc/self/ns/pid')),
  };
}

/** `unknown`: it runs or ran where we cannot look, on another boot or in another container. */
export function livenessOf(other: ProcessIdentity, self: ProcessIdentity) {
  const isComparable =
    self.startTicks !== null &&
    other.startTicks !== null &&
    other.bootId === self.bootId &&
    other.pidNamespace === self.pidNamespace;
  if (!isComparable) return 'unknown' as const;
  return startTicks(other.pid) === other.startTicks ? ('alive' as const) : ('dead' as const);
}

/** The 22nd field of /proc/<pid>/stat, counted after the name, which may hold anything. */
function startTicks(pid: number): string | null {
  return readOrNull(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  });
}

function readOrNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    // No such process, or no /proc at all: both mean that there is nothing to compare.
    return null;
  }
}
