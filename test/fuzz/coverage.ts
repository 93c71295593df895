/** What a run must have met, or it shows less than it says. */
import { type ProblemCode, problemStatuses, type RejectedCode } from '@holdfast/protocol';
import { caseKinds, kindShares } from './fuzz-case.js';
import type { FuzzRunReport } from './fuzz-run.js';

/** Codes that hostile input must not be able to bring about. */
const unwanted: readonly ProblemCode[] = [
  'internal_error',
  'sink_unavailable',
  'metadata_unavailable',
  'shed',
  'draining',
];
const rejectedCodes: readonly RejectedCode[] = [
  'invalid_event',
  'invalid_event_id',
  'invalid_timestamp',
  'missing_field',
  'invalid_field',
  'repeated_key',
  'forbidden_key',
  'number_out_of_range',
  'lone_surrogate',
  'too_deep',
  'too_many_keys',
  'too_large',
];

/** In fewer cases a rare code may be missing by chance. */
const judgedFrom = 20_000;

export function coverageFaults({ cases, runner, store, patience }: FuzzRunReport): string[] {
  if (cases < judgedFrom) return [];
  const problems = (Object.keys(problemStatuses) as ProblemCode[])
    .filter((code) => !unwanted.includes(code))
    .filter((code) => runner.codes.get(code) + (patience.codes[code] ?? 0) === 0);
  const verdicts = [...rejectedCodes, 'accepted', 'duplicate'].filter(
    (verdict) => runner.verdicts.get(verdict) === 0,
  );
  const rare = caseKinds.filter(
    (kind) => runner.kinds.get(kind) < (cases * kindShares[kind]) / 200,
  );
  const faults = [...problems, ...verdicts, ...rare].map((name) => `never or hardly met: ${name}`);
  if (store.ledger.compared < cases / 10) {
    faults.push(`only ${store.ledger.compared} stored events compared`);
  }
  return faults;
}
