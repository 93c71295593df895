import type { FuzzRunReport } from './fuzz-run.js';
import type { HealthyReport } from './healthy-tenant.js';

const round = (value: number) => Math.round(value * 10) / 10;

/** Prints what a run found, and returns the figures of it. */
export function printFuzzRun(run: FuzzRunReport): Record<string, unknown> {
  const { cases, runner, store, patience, healthy, healthyAlone, vitals, durationMs } = run;
  const seconds = durationMs / 1_000;
  const { ledger, deadLetters } = store;
  console.log(`${cases} cases in ${Math.round(seconds)} s: ${told(runner.kinds.toObject())}`);
  console.log(`  answers: ${told(runner.codes.toObject())}`);
  console.log(`  verdicts on events: ${told(runner.verdicts.toObject())}`);
  console.log(`  raw connections: ${told(runner.endings.toObject())}`);
  console.log(
    `  unfinished requests: ${patience.cut} cut, the last after ${round(patience.maxMs)} ms`,
  );
  console.log(`  stored and compared: ${ledger.compared} events, ${ledger.comparedBytes} bytes`);
  console.log(`  dead letters: ${deadLetters.total}`);
  console.log(`  collector: at most ${round(vitals.maxRssBytes / 1e6)} MB`);
  const { loopDelayP99Ms: p99Ms, loopDelayMaxMs: maxMs, ownLoopDelayP99Ms: ownMs } = vitals;
  console.log(
    `  event-loop delay: p99 ${p99Ms} ms, max ${maxMs} ms; ${round(ownMs)} ms (p99) without the` +
      ` ${round(vitals.waitedShare * 100)} % of its time in which it waited for a processor`,
  );
  console.log(`  healthy tenant alone: ${latencies(healthyAlone)}`);
  console.log(`  healthy tenant under fire: ${latencies(healthy)}`);
  return {
    ...{ cases, kinds: runner.kinds.toObject(), casesPerSecond: Math.round(cases / seconds) },
    ...{ comparedEvents: ledger.compared, comparedBytes: ledger.comparedBytes },
    maxRssMb: round(vitals.maxRssBytes / 1e6),
    ...{ loopDelayP99Ms: p99Ms, ownLoopDelayP99Ms: round(ownMs) },
    waitedForProcessor: round(vitals.waitedShare * 100) / 100,
    healthyBatches: healthy.batches,
    healthyRefused: healthy.refusals.length,
    healthyP50Ms: [round(healthyAlone.p50Ms), round(healthy.p50Ms)],
    healthyP99Ms: [round(healthyAlone.p99Ms), round(healthy.p99Ms)],
  };
}

function told(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function latencies({ batches, acked, p50Ms, p99Ms, maxMs }: HealthyReport): string {
  const times = `p50 ${round(p50Ms)} ms, p99 ${round(p99Ms)} ms, max ${round(maxMs)} ms`;
  return `${acked} of ${batches} batches acked, ${times}`;
}
