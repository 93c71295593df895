/**
 * `npm run torture:kafka`: clients and collectors on a real cluster of three brokers that is broken
 * in every way that brokers break. Whatever a client was told of as stored must be in the topic.
 */
import { needsOwnKafka } from '../support/needs-own-kafka.js';
import {
  finishProof,
  finishSkipped,
  type ProofOptions,
  readProofOptions,
} from '../support/proof-run.js';
import { type BreakMode, breakModes } from './break-mode.js';
import { type Form, quickForm, shortForm, soakForm } from './form.js';
import { tortureLimits as limits } from './limits.js';
import { monotonicMs } from './monotonic-clock.js';
import { printRound } from './print-round.js';
import { Round } from './round.js';
import { totalsOf } from './totals.js';
import { judge, type Verdict } from './verdict.js';

const name = 'torture:kafka';
const about = `Kills, hangs and starves a cluster of three Kafka brokers and the collectors in front of it while
clients send, and compares what was acked with what the topic holds. One round takes about four
minutes; --quick is one with two faults, --runs does several, --minutes goes on with longer faults. --break replaces the sink by one
that loses, to see the command fail.`;

let round: Round | undefined;

await main();

async function main(): Promise<void> {
  const options = readProofOptions(name, about, { break: breakModes });
  if (!needsOwnKafka('kcat')) {
    finishSkipped(name);
    return;
  }
  // Each client listens for the end of the process.
  process.setMaxListeners(2 * (limits.clients + 2 * limits.controlClients));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void interrupt());
  const startedMs = monotonicMs();
  const untilMs = startedMs + (options.minutes ?? 0) * 60_000;
  const form = formOf(options);
  const verdicts: Verdict[] = [];
  const failures: string[] = [];
  let seed = options.seed;
  do {
    const broken = options.chosen.break as BreakMode | undefined;
    failures.push(...(await runRound(new Round({ seed, form, broken }), seed++, verdicts)));
    const isEnough = seed - options.seed >= (options.count ?? 1);
    if (options.minutes === undefined ? isEnough : monotonicMs() >= untilMs) break;
  } while (failures.length === 0);
  const seconds = Math.round((monotonicMs() - startedMs) / 1_000);
  const totals = totalsOf(verdicts);
  const { acked, lost, duplicatedAfterDedup } = totals;
  const headline = `${acked} acked, ${lost} lost, ${duplicatedAfterDedup} twice`;
  const figures = { form: form.name, seeds: [options.seed, seed - 1], seconds, headline };
  finishProof(name, { ...figures, ...totals }, failures);
}

function formOf({ isQuick, minutes }: ProofOptions): Form {
  if (isQuick) return quickForm;
  return minutes === undefined ? shortForm : soakForm;
}

/** The failures of one round, each with the seed that replays its faults. */
async function runRound(next: Round, seed: number, verdicts: Verdict[]): Promise<string[]> {
  round = next;
  try {
    const history = await next.run();
    const verdict = judge(history);
    verdicts.push(verdict);
    printRound(seed, history, verdict);
    if (verdict.failures.length > 0) console.error(next.logs());
    return verdict.failures.map((failure) => `seed ${seed}: ${failure}`);
  } catch (error) {
    console.error(next.logs());
    return [`seed ${seed}: ${(error as Error).stack ?? error}`];
  } finally {
    await next.stop();
  }
}

/** Ctrl-C leaves no broker, no collector and no folder behind. */
async function interrupt(): Promise<void> {
  console.error('interrupted: cleaning up');
  await round?.stop();
  process.exit(130);
}
