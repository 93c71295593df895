import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../../..');

/** Makes one file of a TypeScript script, so that starting it costs milliseconds. */
export function bundle(scriptName: string, outFolder: string): string {
  const outfile = join(outFolder, scriptName.replace(/\.ts$/, '.mjs'));
  buildSync({
    entryPoints: [join(here, scriptName)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    tsconfig: join(root, 'tsconfig.base.json'),
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
  });
  return outfile;
}

/** A child process whose output is collected line by line. */
export class WorkerProcess {
  readonly lines: string[] = [];
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;
  #rest = '';
  #errors = '';
  #waiters: (() => void)[] = [];

  /** `before` stands before the command: what runs it. */
  constructor(
    script: string,
    args: readonly string[],
    env: Record<string, string> = {},
    before: readonly string[] = [],
  ) {
    const [command, ...rest] = [...before, process.execPath, script, ...args];
    this.#child = spawn(command!, rest, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.ended = once(this.#child, 'close').then(() => this.#wake());
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  get signal(): NodeJS.Signals | null {
    return this.#child.signalCode;
  }

  get errors(): string {
    return this.#errors;
  }

  /** Resolves once so many lines were printed. */
  async hasPrinted(lineCount: number): Promise<void> {
    while (this.lines.length < lineCount) {
      if (this.exitCode !== null || this.signal) {
        throw new Error(`the worker ended after ${this.lines.length} lines: ${this.#errors}`);
      }
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Ends it without a chance to clean up. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.ended;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    // A line that the kill cut off was never printed.
    this.#rest = lines.pop()!;
    this.lines.push(...lines);
    this.#wake();
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}
