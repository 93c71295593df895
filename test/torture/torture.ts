/**
 * `npm run torture`: real processes and real disks, killed, cut off from power, damaged and failing,
 * and a count of what they had promised.
 */
import { finishProof, type ProofOptions, readProofOptions } from '../support/proof-run.js';
import { runCorruption } from './corruption/run-corruption.js';
import { runFaultPoints } from './fault-points/run-fault-points.js';
import { parsePoint } from './kills/kill-point.js';
import { runKills } from './kills/run-kills.js';
import type { PartReport } from './part-report.js';
import { runPowerCuts } from './power/run-power-cuts.js';
import { breaks } from './processes/breaks.js';

const name = 'torture';
const about = `
  kills       SIGKILL of app and collector at every write, sync, rename and delete, and at random
              moments. Needs strace. --runs: kills. --points: one round of these, as a failure
              named them.
  power       power cuts on ext4 and xfs, and a control without fsync that must lose. Needs root,
              strace, e2fsprogs, xfsprogs. --runs: cuts.
  corruption  every truncation, bit flip and hostile piece in the files of queue, sink and archive.
  faults      every call to the disk failing, once and for good.
--quick does a little of each. --break puts a fault into the product and fails unless a part notices;
all: each of them.`;

const parts: Readonly<Record<string, (options: ProofOptions) => Promise<PartReport>>> = {
  kills: (options) => {
    const { points } = options.chosen;
    return runKills(points ? { ...options, points: points.split(' ').map(parsePoint) } : options);
  },
  power: runPowerCuts,
  corruption: runCorruption,
  faults: runFaultPoints,
};

const options = readProofOptions(name, about, {
  part: Object.keys(parts),
  points: [],
  break: [...Object.keys(breaks), 'all'],
});
const { part, break: breakName } = options.chosen;
if (breakName) await tryBreaks(breakName === 'all' ? Object.keys(breaks) : [breakName]);
else await runParts(part ? [part] : Object.keys(parts));

async function runParts(names: readonly string[]): Promise<void> {
  const reports: PartReport[] = [];
  for (const each of names) {
    console.log(`${each} …`);
    reports.push(await parts[each]!(options));
  }
  for (const report of reports) print(report);
  const figures = reports.map((report) => [report.part, report.figures] as const);
  const failures = reports.flatMap((report) => report.failures);
  const headline = reports.map(headlineOf).join('; ');
  const skipped = reports.every(isSkipped) ? { skipped: 1 } : {};
  const counts = { seed: options.seed, headline, ...skipped, ...Object.fromEntries(figures) };
  finishProof(name, counts, failures);
}

/** A run that notices no fault proves nothing: each of these must make its part fail. */
async function tryBreaks(names: readonly string[]): Promise<void> {
  const unnoticed: string[] = [];
  for (const each of names) {
    const broken = breaks[each]!;
    const run = broken.part === 'kills' ? runKills : runPowerCuts;
    const { failures } = await run({ ...options, broken });
    if (failures.length === 0) unnoticed.push(`${each}: no part noticed it`);
    console.log(`${each.padEnd(30)} ${failures[0] ?? 'NOT NOTICED'}`);
  }
  finishProof(name, { seed: options.seed, breaks: names.length }, unnoticed);
}

function isSkipped({ figures }: Pick<PartReport, 'figures'>): boolean {
  return figures.skipped !== undefined;
}

/** The first figure of a part is what it counts. */
function headlineOf({ part: title, figures }: PartReport): string {
  if (isSkipped({ figures })) return `${title} skipped`;
  const [[name, count] = ['', 0]] = Object.entries(figures);
  return `${name.replace(/([A-Z])/g, ' $1').toLowerCase()} ${count}`;
}

function print({ part: title, figures }: PartReport): void {
  console.log(`\n${title}`);
  for (const [figure, value] of Object.entries(figures)) {
    console.log(`  ${figure.padEnd(24)} ${String(value).padStart(10)}`);
  }
}
