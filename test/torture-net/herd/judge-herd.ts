import type { HerdFigures } from './herd.js';

/** In any second at most so many times the requests that the collector can take. */
export const maxPeakRatio = 1.5;
/** All is stored within so many times what it takes at full capacity. */
export const maxDrainRatio = 1.2;

/** What is wrong with a herd that the product promises to bear. */
export function faultsOfHerd(herd: HerdFigures): string[] {
  const { name, seed, peakRatio, drainRatio, lost, twice, impatient, refusals, knocks } = herd;
  const faults: string[] = [];
  if (lost > 0) faults.push(`${lost} events are not counted`);
  if (twice > 0) faults.push(`${twice} events are stored twice`);
  if (impatient > 0) faults.push(`${impatient} requests inside a Retry-After`);
  if (peakRatio > maxPeakRatio) faults.push(`peak ${ratio(peakRatio)} of ${maxPeakRatio}`);
  if (drainRatio > maxDrainRatio) faults.push(`drain ${ratio(drainRatio)} of ${maxDrainRatio}`);
  if (refusals === 0 || knocks === 0) faults.push('nobody was sent away: it proves nothing');
  return faults.map((fault) => `${name} (seed ${seed}): ${fault}`);
}

/** What is wrong with a control: that it would have passed. */
export function faultsOfControl({ name, seed, peakRatio }: HerdFigures): string[] {
  if (peakRatio > 2 * maxPeakRatio) return [];
  return [`${name} (seed ${seed}): a peak of ${ratio(peakRatio)} shows no herd`];
}

export function ratio(value: number): string {
  return value.toFixed(2);
}
