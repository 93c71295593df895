/**
 * What the commands that prove the promise share: their options, and how they end. Each prints its
 * figures as it goes and, last, one JSON line; it exits with 1 when an invariant broke.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';

export interface ProofOptions {
  /** The first seed. */
  readonly seed: number;
  /** How many seeds, runs or cases; undefined: the command's own number of them. */
  readonly count: number | undefined;
  /** The form of seconds that `npm test` runs: a little of each kind of fault. */
  readonly isQuick: boolean;
  /** A soak goes on this long instead; undefined: it ends by its count. */
  readonly minutes: number | undefined;
  /** What was chosen of the command's own options. */
  readonly chosen: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads `--seed FIRST`, `--seeds N`, `--runs N`, `--minutes N`, `--quick`, and a command's own
 * options, each with the words that it takes (none: any text); a wrong one ends the process.
 */
export function readProofOptions(
  name: string,
  about: string,
  own: Readonly<Record<string, readonly string[]>> = {},
): ProofOptions {
  const text = { type: 'string' } as const;
  const options = { seed: text, seeds: text, runs: text, minutes: text } as const;
  const ownOptions = Object.fromEntries(Object.keys(own).map((option) => [option, text]));
  try {
    const { values } = parseArgs({
      options: { ...ownOptions, ...options, quick: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    if (values.help) {
      console.log(usageOf(name, about, own));
      process.exit(0);
    }
    const chosen = values as Readonly<Record<string, string | undefined>>;
    return {
      seed: positive('seed', values.seed) ?? 1,
      count: positive('seeds', values.seeds) ?? positive('runs', values.runs),
      minutes: positive('minutes', values.minutes),
      isQuick: values.quick ?? false,
      chosen: Object.fromEntries(
        Object.entries(own).map(([option, words]) => [
          option,
          oneOf(option, words, chosen[option]),
        ]),
      ),
    };
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}. Try npm run ${name} -- --help`);
    process.exit(78);
  }
}

/** What `headline` says of the figures, for the table of a run of several proofs. */
export interface ProofFigures {
  readonly headline?: string;
  readonly [figure: string]: unknown;
}

/** Prints the failures and the one JSON line, and sets how the process exits. */
export function finishProof(
  name: string,
  figures: ProofFigures,
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

/** Ends a command that this machine does not allow; with CI=true that is a failure. */
export function finishSkipped(name: string): void {
  const isCi = process.env.CI === 'true';
  finishProof(name, { skipped: 1 }, isCi ? ['CI=true: this may not be skipped'] : []);
}

function usageOf(
  name: string,
  about: string,
  own: Readonly<Record<string, readonly string[]>>,
): string {
  const options = Object.entries(own).map(
    ([option, words]) => ` [--${option} ${words.join('|') || 'TEXT'}]`,
  );
  const forms = '[--quick | --seeds N | --runs N | --minutes N] [--seed FIRST]';
  return `npm run ${name} -- ${forms}${options.join('')}\n${about.trimEnd()}`;
}

function oneOf(
  name: string,
  words: readonly string[],
  text: string | undefined,
): string | undefined {
  if (text === undefined || words.length === 0 || words.includes(text)) return text;
  throw new Error(`--${name} must be one of ${words.join(', ')}, not ${text}`);
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number greater than 0, not ${text}`);
  return value;
}
