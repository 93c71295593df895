import type { Effect } from './effects.js';
import type { RoundHistory } from './round.js';
import type { Verdict } from './verdict.js';

/** A small table of what each fault did, and of the figures. */
export function printRound(seed: number, history: RoundHistory, verdict: Verdict): void {
  const { nemesis, lane } = history;
  console.log(
    `\nseed ${seed}: ${nemesis.spans.map((s) => `${s.kind} (${s.detail})`).join(' · ')}\n`,
  );
  console.log(line(columns.map(({ name }) => name)));
  for (const effect of verdict.effects) console.log(line(columns.map(({ of }) => of(effect))));
  const { figures } = verdict;
  const causes = [...lane.events.retries].map(([cause, count]) => `${cause} ${count}`);
  console.log(`
  acked ${figures.acked}, refused for good ${figures.rejected}
  lost ${figures.lost}, twice after dedup ${figures.duplicatedAfterDedup} (raw copies ${figures.rawCopies})
  acked before Kafka's ack ${figures.ackedBeforeKafka}
  drained in ${figures.drainSeconds} s, peak of all queues ${figures.peakQueuedEvents} events
  503s ${figures.answered503}, failed attempts ${figures.clientRetries}: ${causes.join(', ')}
`);
  for (const [mode, { acked, lost, ackedBeforeKafka }] of Object.entries(figures.controls)) {
    const early = mode === 'early-ack' ? `, before Kafka's ack ${ackedBeforeKafka}` : '';
    console.log(`  control ${mode}: acked ${acked}, lost ${lost}${early}`);
  }
  console.log('');
}

const columns: readonly { readonly name: string; readonly of: (effect: Effect) => string }[] = [
  { name: 'fault', of: ({ kind }) => kind },
  { name: 'fired', of: ({ count }) => String(count) },
  { name: 'hit', of: ({ hits }) => String(hits) },
  { name: 'failed sends', of: ({ failedSends }) => String(failedSends) },
  { name: '503s', of: ({ refused }) => String(refused) },
  { name: 'events retried', of: ({ retried }) => String(retried) },
  { name: 'cut', of: ({ cut }) => String(cut) },
  { name: 'recovered in', of: ({ recoveryMs }) => `${(recoveryMs / 1_000).toFixed(1)} s` },
];

const line = ([first = '', ...rest]: readonly string[]): string =>
  `  ${first.padEnd(16)}${rest.map((text) => text.padStart(15)).join('')}`;
