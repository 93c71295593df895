import { readFileSync, readlinkSync } from 'node:fs';

/** Which process this is, so that others on the same machine can tell whether it still runs. */
export interface ProcessIdentity {
  /** The machine's boot; null where the platform does not tell. */
  readonly bootId: string | null;
  /** Containers see each other's pids as dead: only pids of one namespace can be compared. */
  readonly pidNamespace: string | null;
  readonly pid: number;
  /** Told apart from a later process with the same pid. In the kernel's ticks since boot. */
  readonly startedAt: string | null;
}

/** The processes that this one can see. */
export interface ProcessTable {
  readonly self: ProcessIdentity;
  /** When a process of our own namespace was started; undefined if none runs under this pid. */
  startedAt(pid: number): string | undefined;
}

/** Reads /proc. Where there is none, nothing is known of other processes. */
export function readProcessTable(): ProcessTable {
  return { self: readSelf(), startedAt };
}

function readSelf(): ProcessIdentity {
  const unknown = { bootId: null, pidNamespace: null, pid: process.pid, startedAt: null };
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // A /proc of another namespace knows us under another pid, and could not be compared with.
    if (Number.parseInt(stat, 10) !== process.pid) return unknown;
    return {
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
      pidNamespace: readlinkSync('/proc/self/ns/pid'),
      pid: process.pid,
      startedAt: parseStat(stat) ?? null,
    };
  } catch {
    // No /proc: macOS, Windows, a hardened container. Leases decide there.
    return unknown;
  }
}

function startedAt(pid: number): string | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // ESRCH: it ended while we were reading. Anything else tells nothing: believe that it lives.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
    return unknownStart;
  }
}

/** Compares equal to no start time; see {@link isGone}. */
const unknownStart = 'unknown';

/** Whether a start time read now proves that the process that noted `noted` is gone. */
export function isGone(noted: string | null, now: string | undefined): boolean {
  if (now === undefined) return true;
  return now !== unknownStart && noted !== null && now !== noted;
}

/**
 * The start time in a line of /proc/…/stat: field 22. The name before may hold spaces and brackets.
 * Undefined for a zombie: it is dead, only its parent has not looked yet. But while another thread
 * of it is left (field 20 counts them), a write of its may still be under way.
 */
export function parseStat(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const isZombie = fields[0] === 'Z' && Number(fields[17]) <= 1;
  return isZombie || fields[0] === 'X' ? undefined : fields[19];
}
