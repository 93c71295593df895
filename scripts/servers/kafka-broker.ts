import { setTimeout as pause } from 'node:timers/promises';
import { serverLimits } from './limits.js';
import { type TiedCommand, TiedProcess } from './tied-process.js';

/** One broker process, with the faults that tests put it through. */
export class KafkaBroker {
  readonly id: number;
  /** `host:port` of its plain listener. */
  readonly address: string;
  readonly #command: TiedCommand;
  #process: TiedProcess | undefined;

  constructor(id: number, address: string, command: TiedCommand) {
    this.id = id;
    this.address = address;
    this.#command = command;
  }

  get isRunning(): boolean {
    return this.#process?.isRunning ?? false;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts it with the data that it had; `KafkaCluster.waitUntilReady` tells when it serves. */
  start(): void {
    if (this.isRunning) throw new Error(`broker ${this.id} is running already`);
    this.#process = new TiedProcess(this.#command);
  }

  /** An orderly stop: leaders move away first. SIGKILL if it takes too long. */
  async stop(): Promise<void> {
    this.#process?.signal('SIGTERM');
    await Promise.race([this.#process?.ended(), pause(serverLimits.stopTimeoutMs)]);
    await this.kill();
  }

  /** kill -9 */
  async kill(): Promise<void> {
    this.#process?.signal('SIGKILL');
    await this.#process?.ended();
  }

  /** Stops it from running without ending it, as a hung machine would: connections stay open. */
  pause(): void {
    this.#process?.signal('SIGSTOP');
  }

  resume(): void {
    this.#process?.signal('SIGCONT');
  }
}
