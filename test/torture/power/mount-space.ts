import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { removeAtEnd } from '../processes/leftovers.js';

const run = promisify(execFile);

/**
 * A mount namespace of its own, held by a process that ends with this one, even by SIGKILL: with it
 * go all mounts, and with them the loop devices. Others see the mounts by {@link seen}.
 */
export class MountSpace {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async open(): Promise<MountSpace> {
    const script = 'echo ready && exec cat';
    const args = ['--mount', '--propagation', 'private', 'sh', '-c', script];
    const holder = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'ignore'] });
    removeAtEnd(() => holder.kill('SIGKILL'));
    const [first] = await Promise.race([once(holder.stdout!, 'data'), once(holder, 'close')]);
    if (String(first) !== 'ready\n') throw new Error('no mount namespace can be made here');
    return new MountSpace(holder);
  }

  /** Where a path of the namespace is for processes outside. */
  seen(path: string): string {
    return `/proc/${this.#holder.pid}/root${path}`;
  }

  /** Runs a command inside. Rejects with what it said if it fails. */
  async run(command: string, ...args: string[]): Promise<void> {
    const [enter, ...inside] = this.entry;
    await run(enter!, [...inside, command, ...args]);
  }

  /** Stands before a command that shall run inside. */
  get entry(): readonly string[] {
    return ['nsenter', '--target', String(this.#holder.pid), '--mount'];
  }

  async close(): Promise<void> {
    const isGone = once(this.#holder, 'close');
    this.#holder.kill('SIGKILL');
    await isGone;
  }
}
