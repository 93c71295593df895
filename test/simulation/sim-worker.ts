/** Runs the seeds that it is sent, one after the other: the entry of a worker thread. */
import { parentPort } from 'node:worker_threads';
import { type SeedResult, simulate } from './simulate.js';

export interface SeedJob {
  readonly seed: number;
  readonly isTraced: boolean;
}

export type SeedAnswer =
  | { readonly kind: 'result'; readonly result: SeedResult }
  /** The simulation itself failed. */
  | { readonly kind: 'error'; readonly seed: number; readonly error: string };

parentPort?.on('message', ({ seed, isTraced }: SeedJob) => {
  simulate(seed, isTraced).then(
    (result) => answer({ kind: 'result', result }),
    (error: unknown) =>
      answer({ kind: 'error', seed, error: (error as Error)?.stack ?? String(error) }),
  );
});

function answer(message: SeedAnswer): void {
  parentPort?.postMessage(message);
}
