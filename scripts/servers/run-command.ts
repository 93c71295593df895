import { spawn } from 'node:child_process';
import { serverLimits } from './limits.js';

/** Runs a program to its end and gives what it wrote; throws if it fails or takes too long. */
export function runCommand(
  command: string,
  args: readonly string[],
  timeoutMs: number = serverLimits.toolTimeoutMs,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', (cause) => reject(new Error(`${command} cannot be run`, { cause })));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(output).toString());
      else {
        const said = Buffer.concat([...output, ...errors]).toString();
        reject(new Error(`${command} ended with ${code ?? signal}: ${said.slice(-2_000)}`));
      }
    });
  });
}
