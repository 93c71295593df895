import { Worker } from 'node:worker_threads';
import type { NetJob, NetMessage } from './net-worker.js';

/** No part takes so long on the slowest of machines. */
const maxJobMs = 900_000;

type NetResult = Exclude<NetMessage, { readonly kind: 'progress' }>;

/** Runs a job in a thread of its own; an error that nothing caught there rejects here. */
export function runJob(
  bundle: string,
  job: NetJob,
  onProgress: (text: string) => void,
): Promise<NetResult> {
  // Most of what a herd makes is garbage a moment later: it should not grow old.
  const worker = new Worker(bundle, { resourceLimits: { maxYoungGenerationSizeMb: 192 } });
  const result = new Promise<NetResult>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no end after ${maxJobMs} ms`)), maxJobMs);
    worker.on('message', (message: NetMessage) => {
      if (message.kind === 'progress') onProgress(message.text);
      else resolve(message);
    });
    worker.once('error', reject).once('exit', (code) => reject(new Error(`exit ${code}`)));
    worker.once('exit', () => clearTimeout(timer));
  });
  worker.postMessage(job);
  return result.finally(() => worker.terminate());
}
