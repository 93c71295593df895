/** What a round's history says: its figures, and every promise that it broke. */
import type { BreakMode } from './break-mode.js';
import type { Findings } from './check-history.js';
import { type Effect, effectsOf, missingEffects } from './effects.js';
import { tortureLimits as limits } from './limits.js';
import type { Control, RoundHistory } from './round.js';

export interface Figures {
  readonly acked: number;
  readonly rejected: number;
  readonly lost: number;
  readonly duplicatedAfterDedup: number;
  readonly ackedBeforeKafka: number;
  /** Records beyond one for each event: what deduplication removes. */
  readonly rawCopies: number;
  readonly drainSeconds: number;
  readonly answered503: number;
  readonly clientRetries: number;
  readonly peakQueuedEvents: number;
  readonly controls: Readonly<Record<BreakMode, ControlFigures>>;
}

export interface ControlFigures {
  readonly acked: number;
  readonly lost: number;
  readonly ackedBeforeKafka: number;
}

export interface Verdict {
  readonly figures: Figures;
  readonly effects: readonly Effect[];
  readonly failures: readonly string[];
}

/** Errors of clients that say that no collector answered, and that one does again. */
const ofTheWay: ReadonlySet<string> = new Set(['endpoint_unreachable', 'recovered']);

/** What each finding is called in a failure. */
const promises: Readonly<Record<keyof Findings, string>> = {
  lost: 'acked and not in the topic',
  misplaced: 'confirmed by Kafka and not where it said',
  untracked: 'in the topic and never tracked',
  altered: 'in the topic with other bytes',
  countedTwice: 'twice after deduplication',
  refused: 'refused, and in the topic or not kept as a dead letter',
  ackedEarly: 'acked before Kafka confirmed',
  ackedDead: 'acked while too few brokers ran',
  invented: 'delivered, says the SDK, and acked by nobody',
  undelivered: 'not delivered in the end',
};

export function judge(history: RoundHistory): Verdict {
  const { form, lane, result, nemesis } = history;
  const { records, log } = result;
  const seen = { spans: nemesis.spans, history: lane.history, log, records };
  const effects = effectsOf(seen);
  const figures = figuresOf(history);
  const broken = (Object.keys(promises) as (keyof Findings)[])
    .filter((name) => result.findings[name].length > 0)
    .map((name) => {
      const found = result.findings[name];
      return `${found.length} ${promises[name]}: ${found.slice(0, 3).join(', ')}`;
    });
  return {
    ...{ figures, effects },
    failures: [
      ...broken,
      ...clientFaults(history, figures),
      ...missingEffects(form, effects, seen),
    ],
  };
}

function figuresOf({ lane, result, controls, drainMs }: RoundHistory): Figures {
  const { events, history } = lane;
  const { findings, records } = result;
  return {
    acked: history.ackedOnce().size,
    rejected: events.rejected.size,
    lost: findings.lost.length,
    duplicatedAfterDedup: findings.countedTwice.length,
    ackedBeforeKafka: ackedBeforeKafka(findings),
    rawCopies: records.length - new Set(records.map(({ event }) => event)).size,
    drainSeconds: Math.round(drainMs / 100) / 10,
    answered503: history.exchanges.filter(({ status }) => status === 503).length,
    clientRetries: events.retryCount,
    peakQueuedEvents: events.peakWaiting,
    controls: {
      'early-ack': controlFigures(controls['early-ack']),
      'plain-send': controlFigures(controls['plain-send']),
    },
  };
}

function controlFigures({ lane, result: { findings } }: Control): ControlFigures {
  return {
    acked: lane.history.ackedOnce().size,
    lost: findings.lost.length,
    ackedBeforeKafka: ackedBeforeKafka(findings),
  };
}

const ackedBeforeKafka = ({ ackedEarly, ackedDead }: Findings): number =>
  ackedEarly.length + ackedDead.length;

/** What must also hold: the size of the test, its control, and what the clients themselves report. */
function clientFaults({ form, lane, reports }: RoundHistory, figures: Figures): string[] {
  const { events } = lane;
  const faults: string[] = [];
  // Two faults need not bring about all that many do.
  const isQuick = form.name === 'quick';
  const expect = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };
  const sum = (name: 'delivered' | 'rejected' | 'pending' | 'dropped') =>
    reports.reduce((total, report) => total + report[name], 0);
  const { maxDrainMs } = limits;
  const { minAckedEvents } = form;
  expect(figures.acked >= minAckedEvents, `only ${figures.acked} events were acked`);
  expect(figures.rejected > 0, 'no event was refused, so that none could turn up');
  const { rawCopies } = figures;
  expect(isQuick || rawCopies > 0, 'no event has a copy: there was nothing to deduplicate');
  expect(figures.drainSeconds < maxDrainMs / 1_000, `drained in ${figures.drainSeconds} s`);
  // What producer.send loses depends on the moment; what is acked too early is lost for certain.
  const control = figures.controls['early-ack'];
  expect(isQuick || control.lost > 0, 'the control lost nothing: the checker is blind');
  expect(control.ackedBeforeKafka > 0, 'no early ack of the control was seen');
  expect(sum('pending') === 0, `the clients report ${sum('pending')} pending events`);
  expect(sum('dropped') === 0, `the clients report ${sum('dropped')} dropped events`);
  const told = sum('delivered') + sum('rejected');
  const tracked = events.digests.size - events.others.size;
  expect(told === tracked, `reports of ${told} of ${tracked} events`);
  for (const [code, count] of events.errors) {
    if (!ofTheWay.has(code)) faults.push(`${count} errors ${code} of clients`);
  }
  return faults;
}
