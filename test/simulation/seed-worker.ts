import { Worker } from 'node:worker_threads';
import type { SeedAnswer, SeedJob } from './sim-worker.js';

/** A seed that takes longer hangs. */
const maxSeedMs = 120_000;

/** A worker thread that runs seeds of one bundle. A seed that hangs ends it. */
export class SeedWorker {
  readonly #file: string;
  #worker: Worker | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Never rejects. */
  run(seed: number, isTraced = false): Promise<SeedAnswer> {
    const worker = this.#worker ?? new Worker(this.#file);
    this.#worker = worker;
    return new Promise((resolve) => {
      const finish = (answer: SeedAnswer, isBroken = false) => {
        clearTimeout(timer);
        worker.off('message', finish).off('error', broke).off('exit', ended);
        if (isBroken) void this.close();
        resolve(answer);
      };
      const fail = (error: string) => finish({ kind: 'error', seed, error }, true);
      const broke = (error: Error) => fail(`the worker failed: ${error.stack ?? error}`);
      const ended = (code: number) => fail(`the worker ended with ${code}`);
      const timer = setTimeout(() => fail(`hangs: no end after ${maxSeedMs} ms`), maxSeedMs);
      worker.on('message', finish).on('error', broke).on('exit', ended);
      const job: SeedJob = { seed, isTraced };
      worker.postMessage(job);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}
