import { Worker } from 'node:worker_threads';

/** Counts in words of shared memory: cases begun, and the case's label in UTF-8. */
const labelBytes = 512;
const program = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const begun = new Int32Array(workerData.memory, 0, 1);
const label = new Uint8Array(workerData.memory, 4);
let last = -1;
setInterval(() => {
  const count = Atomics.load(begun, 0);
  if (count === last) {
    const text = Buffer.from(label).toString().replace(/\\0.*/s, '');
    writeSync(2, 'FAILED ' + text + ': hangs\\n');
    process.kill(process.pid, 'SIGKILL');
  }
  last = count;
}, workerData.boundMs);
`;

/**
 * Ends the process, with a word on what it was at, when a case does not come back: one that loops
 * for ever lets no timer of its own thread speak.
 */
export class HangWatch {
  readonly #memory = new SharedArrayBuffer(4 + labelBytes);
  readonly #begun = new Int32Array(this.#memory, 0, 1);
  readonly #label = new Uint8Array(this.#memory, 4);
  readonly #worker: Worker;

  constructor(boundMs: number) {
    const workerData = { memory: this.#memory, boundMs };
    this.#worker = new Worker(program, { eval: true, workerData });
    this.#worker.unref();
  }

  /** A case begins. */
  begin(label: string): void {
    this.#label.fill(0);
    new TextEncoder().encodeInto(label, this.#label);
    Atomics.add(this.#begun, 0, 1);
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
