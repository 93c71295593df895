import type { NetPart, NetRun } from './net-part.js';
import { runJob } from './run-job.js';
import { faultGroups } from './wire/wire-fault.js';
import type { WireOptions, WireReport } from './wire/wire-run.js';

/** Runs the faults of a seed and judges what they came to. */
export async function wirePart(
  bundle: string,
  { seed, isQuick, onProgress }: NetRun,
): Promise<NetPart> {
  try {
    const result = await runJob(bundle, { kind: 'wire', seed, isQuick }, onProgress);
    if (result.kind !== 'wire') throw new Error('the thread ran something else');
    return judged({ seed, isQuick }, result.report);
  } catch (error) {
    const crashed = `wire (seed ${seed}): crashed: ${(error as Error).stack ?? String(error)}`;
    const nothing = { figures: {}, headline: 'crashed', lines: [] };
    return { part: 'wire', seed, ...nothing, failures: [crashed] };
  }
}

function judged({ seed, isQuick }: WireOptions, { figures, failures }: WireReport): NetPart {
  const { fired, ...counts } = figures;
  const missing = isQuick ? [] : faultGroups.filter((group) => !fired[group]);
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
    headline: `${figures.cases} cases on the wire, ${figures.events} events, ${lost} lost`,
    lines: [`wire, seed ${seed}`, ...lines],
    failures: [...failures, ...vain],
  };
}
