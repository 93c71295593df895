import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { removeAtEnd } from './leftovers.js';
import { until } from './until.js';

const maxErrorLength = 4_000;
const freezeMs = 20_000;

export interface ChildOptions {
  /** A command and its arguments that run the child, such as strace. */
  readonly before?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A child and all that it said. What it said before it was killed arrives after it is dead. */
export class WitnessedChild {
  /** Resolves when it is gone and everything that it said is here. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<(line: string) => void>();
  readonly #lines: string[] = [];
  #rest = '';
  #errors = '';
  #isKilledByUs = false;

  constructor(script: string, task: object, { before = [], env = {} }: ChildOptions = {}) {
    const [command = '', ...args] = [...before, process.execPath, script, JSON.stringify(task)];
    this.#child = spawn(command, args, {
      env: { ...process.env, ...env },
      // A group of its own: who kills strace alone lets its child go on.
      detached: true,
    });
    const keep = removeAtEnd(() => this.#signal('SIGKILL'));
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-maxErrorLength);
    });
    // Its end of the pipe may be gone when ours is closed.
    this.#child.stdin!.on('error', () => {});
    this.ended = once(this.#child, 'close').then(() => {
      keep();
      for (const listener of [...this.#listeners]) listener('');
    });
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get errors(): string {
    return this.#errors;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Ended by a SIGKILL that was not {@link kill}'s. */
  get wasKilledByOthers(): boolean {
    return this.#child.signalCode === 'SIGKILL' && !this.#isKilledByUs;
  }

  /** Ended by itself with status 0. */
  get endedWell(): boolean {
    return this.#child.exitCode === 0;
  }

  /** How it ended, for a report. */
  get end(): string {
    return String(this.#child.signalCode ?? this.#child.exitCode);
  }

  /** The first line that begins with `what`, once it is said; undefined if the child ends first
   *  or `timeoutMs` pass. */
  said(what: string, count = 1, timeoutMs = 20_000): Promise<string | undefined> {
    const found = () => this.#lines.filter((line) => line.startsWith(what))[count - 1];
    return new Promise((resolve) => {
      const end = (line?: string) => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve(line);
      };
      const look = (line: string) => {
        const match = found();
        if (match !== undefined || line === '') end(match);
      };
      const timer = setTimeout(end, timeoutMs);
      this.#listeners.add(look);
      const isOver = this.hasEnded && this.#child.stdout!.destroyed;
      if (found() !== undefined || isOver) end(found());
    });
  }

  /** Stops it in its tracks: when this resolves it says nothing more. Only {@link kill} follows. */
  async freeze(): Promise<void> {
    this.#signal('SIGSTOP');
    await until('the child stands still', freezeMs, () => this.hasEnded || this.#isStopped());
  }

  /** Kills it, and what runs it; resolves when it is gone. True if it was alive until now. */
  async kill(): Promise<boolean> {
    const wasAlive = !this.hasEnded;
    if (wasAlive) this.#isKilledByUs = true;
    this.#signal('SIGKILL');
    await this.ended;
    return wasAlive && this.#child.signalCode === 'SIGKILL';
  }

  /** Asks it to end in good order. Killed after `timeoutMs`: false then. */
  async stop(timeoutMs = 20_000): Promise<boolean> {
    if (!this.hasEnded) this.#child.kill('SIGTERM');
    const timer = setTimeout(() => void this.kill(), timeoutMs);
    await this.ended;
    clearTimeout(timer);
    return this.endedWell;
  }

  /** Waits for its end, but no longer than `timeoutMs`: it is killed then, and that is false. */
  async endsWithin(timeoutMs: number): Promise<boolean> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      void this.kill();
    }, timeoutMs);
    await this.ended;
    clearTimeout(timer);
    return !isLate;
  }

  #isStopped(): boolean {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1');
    return /^[TtZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.hasEnded) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It ended just now.
    }
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    // A line that the kill cut off was never said.
    this.#rest = lines.pop()!;
    for (const line of lines) {
      this.#lines.push(line);
      for (const listener of [...this.#listeners]) listener(line);
    }
  }
}
