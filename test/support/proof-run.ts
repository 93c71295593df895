/**
 * What the commands that prove the promise share: their options, and how they end. Each prints its
 * figures as it goes and, last, one JSON line; it exits with 1 when an invariant broke.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';

export interface ProofOptions {
  /** The first seed. */
  readonly seed: number;
  /** How many seeds, runs or cases; undefined: the command's short form. */
  readonly count: number | undefined;
  /** A soak goes on this long instead; undefined: it ends by its count. */
  readonly minutes: number | undefined;
}

/** Reads `--seed FIRST`, `--seeds N`, `--runs N`, `--minutes N`; a wrong one ends the process. */
export function readProofOptions(name: string, about: string): ProofOptions {
  const number = { type: 'string' } as const;
  const options = { seed: number, seeds: number, runs: number, minutes: number } as const;
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } });
    if (values.help) {
      console.log(
        `npm run ${name} -- [--seeds N | --runs N | --minutes N] [--seed FIRST]\n${about}`,
      );
      process.exit(0);
    }
    return {
      seed: positive('seed', values.seed) ?? 1,
      count: positive('seeds', values.seeds) ?? positive('runs', values.runs),
      minutes: positive('minutes', values.minutes),
    };
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}. Try npm run ${name} -- --help`);
    process.exit(78);
  }
}

/** Prints the failures and the one JSON line, and sets how the process exits. */
export function finishProof(
  name: string,
  figures: Readonly<Record<string, unknown>>,
  failures: readonly string[],
): void {
  for (const failure of failures.slice(0, 20)) console.error(`FAILED ${failure}`);
  const isGreen = failures.length === 0;
  const line = { proof: name, ok: isGreen, commit: commitId(), ...figures };
  console.log(JSON.stringify({ ...line, failures: failures.length }));
  if (!isGreen) process.exitCode = 1;
}

/** The commit that the figures are true of; it ends in + if the tree has changes. */
export function commitId(): string {
  try {
    const args = ['describe', '--always', '--dirty=+', '--abbrev=12', '--exclude=*'];
    return execFileSync('git', args, { encoding: 'utf8' }).trim();
  } catch {
    // A tarball of the sources has no history.
    return 'unknown';
  }
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number greater than 0, not ${text}`);
  return value;
}
