import { breakModes } from './break-mode.js';
import { type FaultKind, faultKinds } from './form.js';
import type { Verdict } from './verdict.js';

/** The figures of all rounds: sums of what is counted, the worst of what is measured. */
export function totalsOf(verdicts: readonly Verdict[]): Record<string, unknown> {
  const all = verdicts.map(({ figures }) => figures);
  const sum = (pick: (figures: Verdict['figures']) => number) =>
    all.reduce((total, figures) => total + pick(figures), 0);
  const worst = (pick: (figures: Verdict['figures']) => number) => Math.max(0, ...all.map(pick));
  return {
    rounds: verdicts.length,
    acked: sum(({ acked }) => acked),
    lost: sum(({ lost }) => lost),
    duplicatedAfterDedup: sum((figures) => figures.duplicatedAfterDedup),
    ackedBeforeKafka: sum((figures) => figures.ackedBeforeKafka),
    rawCopies: sum(({ rawCopies }) => rawCopies),
    rejected: sum(({ rejected }) => rejected),
    drainSeconds: worst(({ drainSeconds }) => drainSeconds),
    peakQueuedEvents: worst(({ peakQueuedEvents }) => peakQueuedEvents),
    answered503: sum(({ answered503 }) => answered503),
    clientRetries: sum(({ clientRetries }) => clientRetries),
    faults: byKind(verdicts, ({ count }) => count, add),
    recoverySeconds: byKind(
      verdicts,
      ({ recoveryMs }) => Math.round(recoveryMs / 100) / 10,
      Math.max,
    ),
    controls: Object.fromEntries(
      breakModes.map((mode) => [
        mode,
        {
          acked: sum(({ controls }) => controls[mode].acked),
          lost: sum(({ controls }) => controls[mode].lost),
        },
      ]),
    ),
  };
}

const add = (a: number, b: number): number => a + b;

function byKind(
  verdicts: readonly Verdict[],
  pick: (effect: Verdict['effects'][number]) => number,
  join: (a: number, b: number) => number,
): Record<FaultKind, number> {
  const pairs = faultKinds.map((kind) => {
    const effects = verdicts.flatMap((verdict) => verdict.effects.filter((e) => e.kind === kind));
    return [kind, effects.map(pick).reduce(join, 0)] as const;
  });
  return Object.fromEntries(pairs) as Record<FaultKind, number>;
}
