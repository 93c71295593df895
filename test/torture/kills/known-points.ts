import { readFileSync } from 'node:fs';
import { callsOf, type KillPoint, pointText, type Victim } from './kill-point.js';

/** Every point that some recorded life had. */
export function knownPoints(victim: Victim, logPaths: readonly string[]): KillPoint[] {
  const points = logPaths.flatMap((path) => pointsOf(victim, path));
  return [...new Map(points.map((point) => [pointText(point), point])).values()];
}

/**
 * Every point of a life from the child's first word on. strace counts the calls of each thread by
 * itself, so the nth is that of the thread that makes the most.
 */
function pointsOf(victim: Victim, logPath: string): KillPoint[] {
  const counts = new Map<string, Map<string, number>>();
  const atBegin = new Map<string, number>();
  for (const line of readFileSync(logPath, 'latin1').split('\n')) {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (thread === undefined || call === undefined) continue;
    const own = counts.get(thread) ?? new Map<string, number>();
    counts.set(thread, own.set(call, (own.get(call) ?? 0) + 1));
    if (line.includes('write(1, "begin')) for (const entry of own) atBegin.set(...entry);
  }
  return callsOf[victim].flatMap((call) => {
    const most = Math.max(0, ...[...counts.values()].map((own) => own.get(call) ?? 0));
    const first = (atBegin.get(call) ?? 0) + 1;
    const length = Math.max(0, most - first + 1);
    return Array.from({ length }, (_, index) => ({ victim, call, nth: first + index }));
  });
}
