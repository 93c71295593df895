// A server process that cannot outlive us. A watcher, in a session of its own so that Ctrl-C does
// not reach it, reads from a pipe that only we hold: when we end, however that happens, the pipe
// closes, and the watcher kills the server and removes its folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

export interface TiedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Takes what the process writes; appended to. */
  readonly logFile: string;
  /** Removed if we end before the process does. */
  readonly folder: string;
}

const watch = 'read -r _; kill -9 "$1" 2>/dev/null; sleep 0.5; rm -rf -- "$2"';

export class TiedProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(start: TiedCommand) {
    const log = openSync(start.logFile, 'a');
    this.#child = spawn(start.command, start.args, {
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.#ended = once(this.#child, 'exit');
    const watcher = spawn('sh', ['-c', watch, 'sh', String(this.#child.pid), start.folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    // The process id may be given to another process later, so the watcher ends before its pipe.
    this.#child.once('exit', () => watcher.kill('SIGKILL'));
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(name);
  }

  /** Resolves once it has ended. */
  async ended(): Promise<void> {
    await this.#ended;
  }
}
