export const victims = ['app', 'collector'] as const;
export type Victim = (typeof victims)[number];

/** When a child is killed: as it enters a call for the nth time, or after a while. */
export type KillPoint =
  | { readonly victim: Victim; readonly call: string; readonly nth: number }
  | { readonly victim: Victim; readonly afterMs: number };

/** A life in which a child is killed, or, to learn where it can be, its calls are recorded. */
export type Life = KillPoint | { readonly victim: Victim; readonly recordTo: string };

/**
 * The calls at which each victim is killed: all by which it changes the disk, reads it back, or
 * speaks to others. A call that one of them has stopped to make is missed by the run.
 */
export const callsOf: Readonly<Record<Victim, readonly string[]>> = {
  app: [
    ...['openat', 'pwrite64', 'write', 'ftruncate', 'rename', 'unlink', 'rmdir', 'mkdir'],
    ...['fdatasync', 'fsync', 'pread64'],
  ],
  collector: ['openat', 'write', 'writev', 'fdatasync', 'fsync', 'link', 'unlink', 'mkdir'],
};

/** As a failure names it, and as `--points` reads it. */
export function pointText(life: Life): string {
  if ('call' in life) return `${life.victim}:${life.call}:${life.nth}`;
  return 'afterMs' in life ? `${life.victim}:moment:${life.afterMs}` : `${life.victim} recorded`;
}

/** Reads what {@link pointText} wrote. */
export function parsePoint(text: string): KillPoint {
  const [victim, call, number] = text.split(':');
  const value = Number(number);
  if ((victim !== 'app' && victim !== 'collector') || !call || !(value >= 0)) {
    throw new Error(`${text} is no point such as app:pwrite64:12 or collector:moment:80`);
  }
  return call === 'moment' ? { victim, afterMs: value } : { victim, call, nth: value };
}

/** What counts as one kind of kill in the figures, by a point's text. */
export function kindOf(point: string): string {
  return point.split(':').slice(0, 2).join(' ');
}

/** The command that runs the child of a life. */
export function runnerOf(life: Life): readonly string[] {
  if ('afterMs' in life) return [];
  const calls = 'call' in life ? life.call : callsOf[life.victim].join(',');
  const strace = ['strace', '-f', '-qq', '-e', `trace=${calls}`];
  if ('recordTo' in life) return [...strace, '-o', life.recordTo];
  // Not --seccomp-bpf: strace 6.1 injects nothing then, and says nothing either.
  const inject = `inject=${life.call}:signal=KILL:when=${life.nth}`;
  return [...strace, '-e', inject, '-o', '/dev/null'];
}

/** With one thread for its files a child makes the same calls in the same order each time. */
export const oneThread = { UV_THREADPOOL_SIZE: '1' };
