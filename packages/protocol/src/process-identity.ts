/**
 * Names a process so that a later one can tell whether it still lives: a pid is used again. What is
 * known stands in /proc; who asks brings the calls that read it.
 */

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start; null where the platform does not tell. */
  readonly startTicks: string | null;
  readonly bootId: string | null;
  /** Containers see each other's pids as dead: only pids of one namespace can be compared. */
  readonly pidNamespace: string | null;
}

/** A process, and those that it can see. */
export interface ProcessTable {
  readonly self: ProcessIdentity;
  /** When the process with this pid was started; null: there is none; `unknown`: nobody says. */
  startTicks(pid: number): string | null;
}

/** How /proc is read: the text of a file, and where a link points. Both throw Node's errors. */
export interface ProcReader {
  readText(path: string): string;
  readLink(path: string): string;
}

/** What /proc tells to the process with this pid. Without one, nothing is known of anybody. */
export function processTable(pid: number, reader: ProcReader): ProcessTable {
  return {
    self: identityOf(pid, reader),
    startTicks: (other) => startTicks(other, reader),
  };
}

/** Whether pids tell anything of another process: it runs or ran on this boot, and in a namespace
 *  that we can look into. */
export function isComparable(other: ProcessIdentity, self: ProcessIdentity): boolean {
  return (
    self.startTicks !== null &&
    typeof other.startTicks === 'string' &&
    other.bootId === self.bootId &&
    other.pidNamespace === self.pidNamespace
  );
}

/** `unknown`: it cannot be compared, or we cannot look now. */
export function livenessOf(
  other: ProcessIdentity,
  { self, startTicks }: ProcessTable,
): 'alive' | 'dead' | 'unknown' {
  if (!isComparable(other, self)) return 'unknown';
  const ticks = startTicks(other.pid);
  if (ticks === unknown) return unknown;
  return ticks === other.startTicks ? 'alive' : 'dead';
}

const unknown = 'unknown';

function identityOf(pid: number, { readText, readLink }: ProcReader): ProcessIdentity {
  try {
    const stat = readText('/proc/self/stat');
    // A /proc of another namespace knows us under another pid, and could not be compared with.
    if (Number.parseInt(stat, 10) === pid) {
      return {
        pid,
        startTicks: liveStartTicks(stat),
        bootId: readText('/proc/sys/kernel/random/boot_id').trim(),
        pidNamespace: readLink('/proc/self/ns/pid'),
      };
    }
  } catch {
    // No /proc: macOS, Windows, a hardened container. Then there is nothing to compare.
  }
  return { pid, startTicks: null, bootId: null, pidNamespace: null };
}

function startTicks(pid: number, { readText }: ProcReader): string | null {
  try {
    return liveStartTicks(readText(`/proc/${pid}/stat`));
  } catch (error) {
    const { code } = error as { code?: unknown };
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
  return isZombie || fields[0] === 'X' ? null : (fields[19] ?? null);
}
