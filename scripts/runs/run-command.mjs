/** Runs one command of a run of many, and passes on what it says. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A program of node_modules. */
export const bin = (name) => join('node_modules', '.bin', name);

/**
 * Resolves with its status and how long it took. `onLine` hears each line of its output and returns
 * what is printed of it; without it the output goes to the terminal as it is.
 */
export async function runCommand(command, args, { env = {}, onLine } = {}) {
  const startedMs = performance.now();
  const child = spawn(command, args, {
    stdio: ['ignore', onLine ? 'pipe' : 'inherit', onLine ? 'pipe' : 'inherit'],
    shell: process.platform === 'win32',
    env: { ...process.env, ...env },
  });
  if (onLine) {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        const printed = onLine(line);
        if (printed !== undefined) console.log(printed);
      });
    }
  }
  const status = await new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
  return { status, seconds: (performance.now() - startedMs) / 1_000 };
}
