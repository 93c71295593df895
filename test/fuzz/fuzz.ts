/**
 * `npm run fuzz`: hostile input against a running collector. Everything is answered as the protocol
 * says or cut off, a healthy tenant is served meanwhile, and what is accepted is stored byte for
 * byte, in files and in a real Kafka.
 */
import { kafkaCommands } from '../../scripts/servers/kafka-cluster.js';
import { needs } from '../support/needs.js';
import { finishProof, type ProofOptions, readProofOptions } from '../support/proof-run.js';
import { bundleProgram } from './bundle-program.js';
import { runControls } from './controls.js';
import { coverageFaults } from './coverage.js';
import { fuzzBounds } from './fuzz-bounds.js';
import { caseKinds } from './fuzz-case.js';
import { type FuzzRunReport, fuzzRun, type Programs } from './fuzz-run.js';
import { type KafkaReport, kafkaPart } from './kafka-part.js';
import { printFuzzRun } from './print-fuzz-run.js';
import { replay } from './replay.js';

const name = 'fuzz';
const about = `Sends hostile requests to a collector: ${fuzzBounds.cases} cases (--runs N for another number, --minutes N
for a soak), then ${fuzzBounds.kafkaCases} before a real Kafka, then as many as it takes to catch each of some collectors
that are broken on purpose. --seed S --case N sends one case again and shows it. --quick sends
${fuzzBounds.quick.cases}, none of them to Kafka, and tries a few of the broken collectors.`;
const parts = ['all', 'files', 'kafka', 'controls'] as const;

await main();

async function main(): Promise<void> {
  const options = readProofOptions(name, about, { case: [], part: parts });
  const { case: caseNumber, part = 'all' } = options.chosen;
  const collector = await bundleProgram('probed-collector.ts');
  const healthy = await bundleProgram('healthy-process.ts');
  const programs = { collector: collector.path, healthy: healthy.path };
  try {
    if (caseNumber === undefined) await prove(options, part, programs);
    else {
      const failures = await replay(programs.collector, options.seed, Number(caseNumber));
      finishProof(name, { seed: options.seed, case: Number(caseNumber) }, failures);
    }
  } finally {
    await collector.remove();
    await healthy.remove();
  }
}

async function prove(options: ProofOptions, part: string, programs: Programs): Promise<void> {
  const { seed, isQuick } = options;
  const startMs = performance.now();
  const failures: string[] = [];
  const wants = (name: string) => part === 'all' || part === name;
  let figures: Record<string, unknown> = { seed };
  const headline: string[] = [];
  if (wants('files')) {
    const run = await againstFiles(options, programs);
    failures.push(...run.failures, ...coverageFaults(run));
    figures = { ...figures, ...printFuzzRun(run) };
    headline.push(`${run.cases} cases, ${run.store.ledger.compared} events compared`);
  }
  if (wants('kafka') && !isQuick) {
    const run = await againstKafka(programs.collector, seed);
    failures.push(...run.failures);
    const { cases, comparedEvents, comparedBytes, deadLetters } = run;
    console.log(
      `Kafka: ${cases} cases, ${comparedEvents} events compared, ${deadLetters} dead letters`,
    );
    figures = { ...figures, kafka: { cases, comparedEvents, comparedBytes } };
    headline.push(`${comparedEvents} in Kafka`);
  }
  if (wants('controls')) {
    console.log('Collectors that are broken on purpose, and how they are caught:');
    const step = isQuick ? fuzzBounds.quick.controlsStep : 1;
    const controls = await runControls(seed, programs.healthy, step);
    headline.push(`${controls.caught} of ${controls.all} broken collectors caught`);
    failures.push(...controls.failures);
    figures = { ...figures, brokenCollectorsCaught: controls.caught };
  }
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  finishProof(name, { ...figures, seconds, headline: headline.join(', ') }, failures);
}

async function againstFiles(options: ProofOptions, programs: Programs): Promise<FuzzRunReport> {
  const { seed, isQuick, minutes } = options;
  const bounds = isQuick ? { ...fuzzBounds, ...fuzzBounds.quick } : fuzzBounds;
  const { count = bounds.cases } = options;
  const startMs = performance.now();
  const untilMs = startMs + (minutes ?? 0) * 60_000;
  const goesOn = (cases: number) =>
    minutes === undefined ? cases < count : performance.now() < untilMs;
  let saidMs = startMs;
  return fuzzRun({
    ...{ programs, seed, goesOn, first: 0, kinds: caseKinds, aloneMs: 2_000 },
    roundCases: Math.min(count, bounds.roundCases),
    hangMs: fuzzBounds.hangMs,
    ...{ patient: bounds.patient, usualEvents: bounds.usualEvents },
    onRound: (cases, { failures, verdicts }) => {
      if (performance.now() < saidMs + 5_000) return;
      saidMs = performance.now();
      const seconds = Math.round((saidMs - startMs) / 1_000);
      const taken = verdicts.get('accepted');
      console.log(`${seconds} s: ${cases} cases, ${taken} accepted, ${failures.length} failures`);
    },
  });
}

async function againstKafka(program: string, seed: number): Promise<KafkaReport> {
  const { kafkaCases } = fuzzBounds;
  if (needs(...kafkaCommands, 'kcat')) return kafkaPart(program, seed, kafkaCases);
  const isCi = process.env.CI === 'true';
  const failures = isCi ? ['CI=true: the part with Kafka was skipped'] : [];
  return { cases: 0, comparedEvents: 0, comparedBytes: 0, deadLetters: 0, failures };
}
