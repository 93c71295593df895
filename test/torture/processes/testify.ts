import { writeSync } from 'node:fs';

/** Longer than any run; a child that nobody ended goes by itself. */
const maxLifeMs = 120_000;

/**
 * Says something to the parent by one write that is with the kernel when this returns: what was
 * said stays said, however the child ends. Nothing else may be written to the standard output.
 */
export function testify(what: string, words: readonly string[] = []): void {
  writeSync(1, `${[what, ...words].join(' ')}\n`);
}

/** Ends this process if the parent ends, or forgets it. */
export function liveNoLongerThanParent(): void {
  process.stdin.on('error', () => process.exit(3)).on('end', () => process.exit(3));
  process.stdin.resume();
  setTimeout(() => process.exit(4), maxLifeMs).unref();
}
