/** The thread in which a part of `npm run torture:net` runs, from a bundle that may be broken. */
import { parentPort } from 'node:worker_threads';
import { type HerdFigures, runHerd } from './herd/herd.js';
import type { HerdSetting } from './herd/herd-setting.js';
import { runWire, type WireReport } from './wire/wire-run.js';

export type NetJob =
  | { readonly kind: 'wire'; readonly seed: number; readonly isQuick: boolean }
  | { readonly kind: 'herd'; readonly seed: number; readonly setting: HerdSetting };

export type NetMessage =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'wire'; readonly report: WireReport }
  | { readonly kind: 'herd'; readonly figures: HerdFigures };

const port = parentPort;
const tell = (message: NetMessage) => port?.postMessage(message);

port?.once('message', async (job: NetJob) => {
  if (job.kind === 'herd') {
    tell({ kind: 'herd', figures: await runHerd(job.setting, job.seed) });
    return;
  }
  const progress = (done: number, planned: number) => {
    if (done % 100 === 0) tell({ kind: 'progress', text: `wire: ${done} of ${planned} cases` });
  };
  tell({ kind: 'wire', report: await runWire(job, progress) });
});
