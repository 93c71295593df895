import { spawnSync } from 'node:child_process';

const seen = new Map<string, boolean>();

/**
 * Whether these commands are on the machine. Where one is missing says so in a line, for
 * `describe.skipIf(!needs(…))`; with CI=true a skip is a failure.
 */
export function needs(...commands: string[]): boolean {
  const missing = commands.filter((command) => !has(command));
  if (missing.length > 0)
    console.log(`skipped: this needs ${missing.join(', ')}, not found in PATH`);
  return missing.length === 0;
}

function has(command: string): boolean {
  const known = seen.get(command);
  if (known !== undefined) return known;
  const found = spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
  seen.set(command, found);
  return found;
}

/** Whether this command succeeds here: for rights that a machine may not give, such as mounting. */
export function allows(what: string, command: string, ...args: string[]): boolean {
  const isAllowed = spawnSync(command, args).status === 0;
  if (!isAllowed) console.log(`skipped: this needs the right to ${what}`);
  return isAllowed;
}
