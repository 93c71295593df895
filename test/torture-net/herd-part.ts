import type { HerdFigures } from './herd/herd.js';
import { controls, type HerdSetting, herds, quickHerds } from './herd/herd-setting.js';
import { faultsOfControl, faultsOfHerd, ratio } from './herd/judge-herd.js';
import type { NetPart, NetRun } from './net-part.js';
import { runJob } from './run-job.js';

/** Each takes a core and up to a gigabyte. */
const concurrentHerds = 2;

/** Runs each herd and each control, or only one, with a seed, and judges what they came to. */
export async function herdPart(
  bundle: string,
  { seed, isQuick, onProgress, herd: only }: NetRun,
): Promise<NetPart> {
  const figures: HerdFigures[] = [];
  const failures: string[] = [];
  const all = isQuick ? quickHerds : [...herds, ...controls];
  const queue = all.filter(({ name }) => name === (only ?? name));
  const lane = async () => {
    for (let setting = queue.shift(); setting; setting = queue.shift()) {
      try {
        const herd = await runOne(bundle, seed, setting, onProgress);
        figures.push(herd);
        failures.push(...(setting.control ? faultsOfControl(herd) : faultsOfHerd(herd)));
      } catch (error) {
        failures.push(`${setting.name} (seed ${seed}): ${(error as Error).stack}`);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrentHerds }, lane));
  const lines = figures.map(lineOf);
  const isPromised = ({ name }: HerdFigures) => !name.startsWith('control');
  const peaks = figures.filter(isPromised).map(({ peakRatio }) => ratio(peakRatio));
  return {
    ...{ part: 'herd', seed, failures, lines: [`herd, seed ${seed}`, head, ...lines] },
    figures: { herds: figures },
    headline: `herds peak at ${peaks.join(', ')}`,
  };
}

async function runOne(
  bundle: string,
  seed: number,
  setting: HerdSetting,
  onProgress: (text: string) => void,
): Promise<HerdFigures> {
  const result = await runJob(bundle, { kind: 'herd', seed, setting }, onProgress);
  if (result.kind !== 'herd') throw new Error('the thread ran something else');
  const { figures } = result;
  onProgress(`herd: ${setting.name}: peak ${ratio(figures.peakRatio)} of the capacity`);
  return figures;
}

const head = `  ${'herd'.padEnd(28)}${['clients', 'capacity/s', 'backlog', 'requests', 'refused', 'peak/s', 'ratio', 'drain s', 'ratio'].map((word) => word.padStart(11)).join('')}`;

function lineOf(herd: HerdFigures): string {
  const { clients, capacity, backlog, requests, refusals, peak, peakRatio } = herd;
  const { drainS, drainRatio, lost } = herd;
  const isDrained = lost === 0;
  const cells = [clients, capacity, backlog, requests, refusals, peak, ratio(peakRatio)].concat(
    isDrained ? [Math.round(drainS), ratio(drainRatio)] : ['-', '-'],
  );
  return `  ${herd.name.padEnd(28)}${cells.map((cell) => String(cell).padStart(11)).join('')}`;
}
