import { availableParallelism } from 'node:os';
import { allows, needs } from '../../support/needs.js';
import type { PartReport } from '../part-report.js';
import { makeBundles } from '../processes/bundles.js';
import { scratchFolder } from '../processes/leftovers.js';
import { skippedPart } from '../processes/skipped-part.js';
import type { CutSeriesReport } from './cut-series.js';
import { diskKinds } from './loop-disk.js';
import { MountSpace } from './mount-space.js';
import { hasLostBoth, lossesOf, type PowerOptions, PowerRun } from './power-run.js';

/**
 * Cuts the power of disks on which the app and the server work. Then the same on disks whose fsync
 * lies: if these lost nothing, the run could not have seen a loss.
 */
export async function runPowerCuts(options: PowerOptions): Promise<PartReport> {
  const commands = ['mkfs.ext4', 'mkfs.xfs', 'xfs_io', 'mount', 'umount', 'unshare', 'nsenter'];
  if (!needs(...commands, 'strace') || !canMount()) return skippedPart('power');
  const bundles = await makeBundles(scratchFolder('torture'), options.broken?.change);
  const space = await MountSpace.open();
  const run = new PowerRun(bundles, space, options);
  try {
    const lanes = Array.from({ length: 2 * availableParallelism() }, () => run.work());
    await Promise.all(lanes);
    const hasControls = !options.broken && !options.isQuick;
    const controls = hasControls ? await run.control() : [];
    return reportOf(run.series, controls, run.seconds);
  } finally {
    await space.close();
  }
}

function canMount(): boolean {
  const tryIt = 'test -e /dev/loop-control && mount -t tmpfs none /mnt';
  return allows('mount a file system', 'unshare', '--mount', 'sh', '-c', tryIt);
}

function reportOf(
  series: readonly CutSeriesReport[],
  controls: readonly CutSeriesReport[],
  seconds: number,
): PartReport {
  const sum = (figure: (report: CutSeriesReport) => number) =>
    series.reduce((total, report) => total + figure(report), 0);
  const cutsOn = (isIt: (report: CutSeriesReport) => boolean) =>
    series.filter(isIt).reduce((total, { cuts }) => total + cuts, 0);
  const blind = diskKinds.filter(
    (kind) =>
      controls.length > 0 && !hasLostBoth(controls.filter(({ plan }) => plan.kind === kind)),
  );
  return {
    part: 'power',
    figures: {
      cuts: sum(({ cuts }) => cuts),
      ...Object.fromEntries(
        diskKinds.map((kind) => [kind, cutsOn(({ plan }) => plan.kind === kind)]),
      ),
      withArchive: cutsOn(({ plan }) => plan.server === 'holdfast'),
      stored: sum(({ stored }) => stored),
      acked: sum(({ acked }) => acked),
      counted: sum(({ counted }) => counted),
      copies: sum(({ copies }) => copies),
      archived: sum(({ archived }) => archived),
      torn: sum(({ torn }) => torn),
      quarantined: sum(({ quarantined }) => quarantined),
      controlCuts: controls.length,
      controlLostStored: lossesOf(controls, 'stored'),
      controlLostAcked: lossesOf(controls, 'acked'),
      seconds,
    },
    failures: [
      ...series.flatMap(({ failures }) => failures),
      ...blind.map((kind) => `power: on ${kind} nothing was lost without fsync: the run is blind`),
    ],
  };
}
