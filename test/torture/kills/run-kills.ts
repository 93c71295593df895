import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { allows, needs } from '../../support/needs.js';
import type { PartReport } from '../part-report.js';
import { type Bundles, makeBundles } from '../processes/bundles.js';
import { scratchFolder } from '../processes/leftovers.js';
import { skippedPart } from '../processes/skipped-part.js';
import { kindOf, type Victim } from './kill-point.js';
import { KillRound, type KillRoundReport } from './kill-round.js';
import { type KillOptions, KillRun } from './kill-run.js';
import { knownPoints } from './known-points.js';

const maxLanes = 4;
/** Two rounds, so many kills as that. */
const quickLanes = 2;

/**
 * Kills the app and the collector at every call by which they write, sync, rename or delete, and
 * at random moments. Whatever left an app through its pipe as stored must be counted in the end.
 */
export async function runKills(options: KillOptions): Promise<PartReport> {
  if (!needs('strace') || !allows('trace a process', 'strace', '-o', '/dev/null', 'true')) {
    return skippedPart('kills');
  }
  const folder = scratchFolder('torture');
  const bundles = await makeBundles(folder, options.broken?.change);
  if (options.points) {
    const round = await new KillRound(bundles, options.seed).play(options.points);
    return reportOf([round], options.points.length, [], 0);
  }
  const { points, round } = await recordPoints(bundles, folder);
  const run = new KillRun(bundles, points, options);
  const lanes = options.isQuick ? quickLanes : Math.min(maxLanes, 2 * availableParallelism());
  await Promise.all(Array.from({ length: lanes }, () => run.work()));
  // A few kills do not meet every call.
  const meetsAll = !options.broken && !options.isQuick;
  if (meetsAll) await run.seekMissed();
  const missed = meetsAll ? run.missed() : [];
  return reportOf([round, ...run.rounds], points.length, missed, run.seconds);
}

/** Lets apps and a collector live undisturbed, with and without a killed app's queue, and notes
 *  what they do. */
async function recordPoints(bundles: Bundles, folder: string) {
  const logs = ['alone', 'adopting', 'collector'].map((name) => join(folder, `${name}.strace`));
  const [alone, adopting, collector] = logs as [string, string, string];
  const round = await new KillRound(bundles, 1).play([
    { victim: 'app', recordTo: alone },
    { victim: 'app', afterMs: 200 },
    { victim: 'app', recordTo: adopting },
    { victim: 'collector', recordTo: collector },
  ]);
  const points = [
    ...knownPoints('app', [alone, adopting]),
    ...knownPoints('collector', [collector]),
  ];
  const failures = round.failures.map((failure) => `kills: recorded: ${failure}`);
  return { points, round: { ...round, unfired: 0, failures } };
}

function reportOf(
  rounds: readonly KillRoundReport[],
  knownPointCount: number,
  missed: readonly { victim: Victim; call: string }[],
  seconds: number,
): PartReport {
  const kills = rounds.flatMap((round) => round.kills);
  const atCalls = kills.filter((point) => !point.includes(':moment:'));
  const kinds = [...new Set(kills.map(kindOf))].sort();
  const countOf = (kind: string) => kills.filter((point) => kindOf(point) === kind).length;
  const sum = (figure: (round: KillRoundReport) => number) =>
    rounds.reduce((total, round) => total + figure(round), 0);
  return {
    part: 'kills',
    figures: {
      kills: kills.length,
      killsAtCalls: atCalls.length,
      knownPoints: knownPointCount,
      pointsHit: new Set(atCalls).size,
      unfired: sum(({ unfired }) => unfired),
      stored: sum(({ stored }) => stored),
      acked: sum(({ acked }) => acked),
      counted: sum(({ counted }) => counted),
      archived: sum(({ archived }) => archived),
      copies: sum(({ copies }) => copies),
      torn: sum(({ torn }) => torn),
      seconds,
      ...Object.fromEntries(kinds.map((kind) => [kind, countOf(kind)])),
    },
    failures: [
      ...rounds.flatMap(({ failures }) => failures),
      ...missed.map(({ victim, call }) => `kills: no ${victim} was killed at ${call}`),
    ],
  };
}
