/**
 * `npm run torture:net`: real clients and a real collector on a network that breaks in every way, and
 * a herd of ten thousand clients after an outage. Every event is counted once, and nobody runs over
 * a collector that has just come back.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleChanged } from '../support/bundle.js';
import { finishProof, type ProofOptions, readProofOptions } from '../support/proof-run.js';
import type { SourceChange } from '../support/source-change.js';
import { breaks } from './breaks.js';
import { herdPart } from './herd-part.js';
import type { NetPart } from './net-part.js';
import { wirePart } from './wire-part.js';

const name = 'torture:net';
const about = `
  wire  a proxy between SDK and collector that cuts, loses, drips, and answers nonsense.
  herd  10,000 clients after an outage, on a virtual clock, and two controls that must be a herd.
--runs: seeds. --quick plays a part of the cases, and two small herds. --break puts a fault into the
product and fails unless a part notices; all: each.`;

const parts = { wire: wirePart, herd: herdPart } as const;

const options = readProofOptions(name, about, {
  part: Object.keys(parts),
  break: [...Object.keys(breaks), 'all'],
});
const folder = await mkdtemp(join(tmpdir(), 'holdfast-net-bundle-'));
try {
  const { break: broken } = options.chosen;
  if (broken) await tryBreaks(broken === 'all' ? Object.keys(breaks) : [broken]);
  else await prove(options);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function prove(options: ProofOptions): Promise<void> {
  const { seed: first, count = 1, minutes, isQuick, chosen } = options;
  const startedMs = performance.now();
  const bundle = await bundleWorker();
  const names = chosen.part ? [chosen.part as keyof typeof parts] : (['wire', 'herd'] as const);
  const reports: NetPart[] = [];
  const isOver = (seed: number) =>
    minutes === undefined
      ? seed >= first + count
      : performance.now() - startedMs > minutes * 60_000;
  for (let seed = first; !isOver(seed) && reports.every(isGreen); seed++) {
    // The wire waits for timeouts most of the time, while the herd computes.
    const run = { seed, isQuick, onProgress: print };
    reports.push(...(await Promise.all(names.map((part) => parts[part](bundle, run)))));
  }
  for (const { lines } of reports.slice(-names.length)) console.log(`\n${lines.join('\n')}`);
  const figures = reports.map(({ part, seed, figures }) => ({ part, seed, ...figures }));
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  const failures = reports.flatMap((report) => report.failures);
  const headline = reports.map((report) => report.headline).join('; ');
  finishProof(name, { seed: first, runs: figures, seconds, headline }, failures);
}

/** A run that notices no fault proves nothing: each of these must make its part fail. */
async function tryBreaks(names: readonly string[]): Promise<void> {
  const unnoticed: string[] = [];
  for (const each of names) {
    const { part, change, herd } = breaks[each]!;
    const bundle = await bundleWorker([change]);
    const { seed, isQuick } = options;
    const run = { seed, isQuick, herd, onProgress: () => {} };
    const { failures } = await parts[part](bundle, run);
    if (failures.length === 0) unnoticed.push(`${each}: no part noticed it`);
    print(`${each}: ${failures[0] ?? 'NOT NOTICED'}`);
  }
  finishProof(name, { seed: options.seed, breaks: names.length }, unnoticed);
}

/** Makes one file of the worker and all that it runs on, as it is or with changes. */
async function bundleWorker(changes: readonly SourceChange[] = []): Promise<string> {
  const outfile = join(folder, 'net-worker.mjs');
  await bundleChanged({ entry: 'test/torture-net/net-worker.ts', outfile, changes });
  return outfile;
}

function isGreen({ failures }: NetPart): boolean {
  return failures.length === 0;
}

function print(line: string): void {
  console.log(line);
}
