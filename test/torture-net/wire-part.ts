import type { NetPart } from './net-part.js';
import { runJob } from './run-job.js';
import { faultGroups } from './wire/wire-fault.js';
import type { WireReport } from './wire/wire-run.js';

/** Runs the faults of a seed and judges what they came to. */
export async function wirePart(
  bundle: string,
  seed: number,
  onProgress: (text: string) => void,
): Promise<NetPart> {
  try {
    const result = await runJob(bundle, { kind: 'wire', seed }, onProgress);
    if (result.kind !== 'wire') throw new Error('the thread ran something else');
    return judged(seed, result.report);
  } catch (error) {
    const crashed = `wire (seed ${seed}): crashed: ${(error as Error).stack ?? String(error)}`;
    return { part: 'wire', seed, figures: {}, lines: [], failures: [crashed] };
  }
}

function judged(seed: number, { figures, failures }: WireReport): NetPart {
  const { fired, ...counts } = figures;
  const missing = faultGroups.filter((group) => !fired[group]);
  const lost = figures.events - figures.counted;
  const vain = [
    ...missing.map((group) => `${group}: never happened`),
    ...(figures.sentAgain === 0 ? ['no event was sent twice: no answer was lost'] : []),
    ...(figures.naiveLost === 0 ? ['the control lost nothing'] : []),
    ...(figures.naiveTwice === 0 ? ['the control counted nothing twice'] : []),
  ].map((what) => `wire (seed ${seed}): ${what}`);
  const lines = Object.entries({ ...fired, ...counts, lost }).map(
    ([name, value]) => `  ${name.padEnd(34)} ${String(value).padStart(7)}`,
  );
  return {
    ...{ part: 'wire', seed, figures: { ...counts, lost, fired } },
    lines: [`wire, seed ${seed}`, ...lines],
    failures: [...failures, ...vain],
  };
}
