import { type ChildProcess, spawn } from 'node:child_process';
import { builtHoldfast } from './built-holdfast.js';

const startTimeoutMs = 50_000;

/** The `holdfast` binary as a process of its own. */
export class HoldfastProcess {
  readonly #child: ChildProcess;
  readonly exited: Promise<number | null>;
  output = '';
  url = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.exited = new Promise((resolve) => child.once('exit', (status) => resolve(status)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  /** Resolves when it listens or has ended. */
  static async start(options: {
    readonly dataFolder: string;
    readonly port?: number;
    readonly args?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  }): Promise<HoldfastProcess> {
    const { dataFolder, port = 0, args = [], environment } = options;
    const child = spawn(process.execPath, [await builtHoldfast(), ...args], {
      env: { ...process.env, PORT: String(port), HOLDFAST_DATA: dataFolder, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new HoldfastProcess(child);
    const isUp = new Promise<void>((resolve) => {
      child.stdout?.on('data', () => {
        started.url = /running at (\S+)\//.exec(started.output)?.[1] ?? '';
        if (started.url !== '') resolve();
      });
    });
    let timer: NodeJS.Timeout | undefined;
    const isLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, startTimeoutMs);
    });
    await Promise.race([isUp, started.exited, isLate]);
    clearTimeout(timer);
    return started;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
