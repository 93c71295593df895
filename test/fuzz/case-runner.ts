/** Sends cases and judges their answers; what they must have stored goes to the ledger. */
import { fuzzBounds } from './fuzz-bounds.js';
import {
  type CaseKind,
  caseOf,
  type FramedCase,
  type FuzzCase,
  type PostedCase,
} from './fuzz-case.js';
import { codeFaults, type Judgement, judgeForm, verdictFaults } from './judge-answer.js';
import { KeepAliveLane } from './keep-alive-lane.js';
import { type RawOutcome, rawExchange } from './raw-exchange.js';
import type { StoredLedger } from './stored-ledger.js';
import { Tally } from './tally.js';

export interface CaseRunnerOptions {
  readonly port: number;
  readonly seed: number;
  readonly kinds: readonly CaseKind[];
  readonly ledger: StoredLedger;
  readonly hangMs: number;
}

export class CaseRunner {
  /** Cases by kind. */
  readonly kinds = new Tally();
  /** Answers by problem code, `ok` and `foreign`. */
  readonly codes = new Tally();
  /** Verdicts on events: `accepted`, `duplicate`, `retry`, and the codes of refused ones. */
  readonly verdicts = new Tally();
  /** What became of raw connections. */
  readonly endings = new Tally();
  readonly failures: string[] = [];
  /** Events of the framing source that were acked. */
  readonly ackedByFraming: string[] = [];
  readonly #options: CaseRunnerOptions;
  readonly #lanes: KeepAliveLane[] = [];

  constructor(options: CaseRunnerOptions) {
    this.#options = options;
  }

  /** Runs the cases [first, end), many at a time; stops early once enough failed. */
  async run(first: number, end: number): Promise<void> {
    const { port, hangMs, seed, kinds } = this.#options;
    let next = first;
    const work = async (lane: KeepAliveLane) => {
      while (next < end && this.failures.length < fuzzBounds.maxFailures) {
        const fuzzCase = caseOf(seed, next++, kinds);
        this.kinds.add(fuzzCase.kind);
        const faults =
          fuzzCase.form === 'posted'
            ? await this.#post(lane, fuzzCase)
            : await this.#frame(fuzzCase);
        for (const fault of faults) this.fail(fuzzCase, fault);
      }
    };
    while (this.#lanes.length < fuzzBounds.lanes) this.#lanes.push(new KeepAliveLane(port, hangMs));
    await Promise.all(this.#lanes.map(work));
  }

  close(): void {
    for (const lane of this.#lanes) lane.close();
  }

  /** A line that tells how to see it again. */
  fail(fuzzCase: FuzzCase, fault: string): void {
    const { number, kind, title, pieces } = fuzzCase;
    const head = Buffer.concat(pieces).subarray(0, 400).toString('latin1');
    this.failures.push(
      `--seed ${this.#options.seed} --case ${number} (${kind}: ${title}): ${fault}; sent ${JSON.stringify(head)}`,
    );
  }

  async #post(lane: KeepAliveLane, posted: PostedCase): Promise<string[]> {
    const exchange = await lane.exchange(posted.pieces);
    if (exchange.kind === 'malformed') return [`no HTTP answer: ${exchange.why}`];
    if (exchange.kind !== 'answered') return [`${exchange.kind} without an answer`];
    const judged = judgeForm(exchange.answer);
    this.#count(judged);
    const { allowed } = posted;
    const faults = [...judged.faults];
    if (allowed !== undefined) faults.push(...codeFaults(judged, allowed));
    if (allowed === undefined || judged.kind === 'ack')
      faults.push(...this.#compare(posted, judged));
    return faults;
  }

  /** Compares verdicts, and owes the ledger what must be stored. */
  #compare(posted: PostedCase, judged: Judgement): string[] {
    const isSettled = judged.kind !== 'problem' || judged.code !== 'sink_unavailable';
    if (judged.kind !== 'ack' && isSettled && posted.allowed !== undefined) return [];
    const expected = posted.expected();
    if (expected.kind === 'batch') {
      const valid = expected.events.flatMap((event) => (event.kind === 'valid' ? [event] : []));
      const retried = judged.kind === 'ack' ? judged.ack.retry.length : 0;
      const accepted = judged.kind === 'ack' && retried === 0 ? judged.ack.accepted : undefined;
      const isShed = judged.kind === 'problem' && judged.code === 'shed';
      if (!isShed) this.#options.ledger.expect(posted.number, posted.source, valid, accepted);
    }
    return verdictFaults(judged, expected);
  }

  async #frame(framed: FramedCase): Promise<string[]> {
    const outcome = await rawExchange(this.#options.port, framed, this.#options.hangMs);
    const judged = outcome.answers.map(judgeForm);
    for (const each of judged) this.#count(each);
    this.endings.add(outcome.isClosed ? 'closed by the collector' : 'left by us');
    const faults = judged.flatMap((each) => each.faults);
    const isCut = outcome.malformed === 'a part of an answer' && !outcome.isClosed;
    if (outcome.malformed !== undefined && !isCut) faults.push(outcome.malformed);
    for (const each of judged) {
      if (each.kind === 'ack' && framed.events.has(each.ack.batchId)) {
        if (each.ack.accepted === 1) this.ackedByFraming.push(each.ack.batchId);
      }
    }
    return [...faults, ...ruleFaults(framed, judged, outcome)];
  }

  #count(judged: Judgement): void {
    this.codes.add(
      judged.kind === 'ack' ? 'ok' : judged.kind === 'problem' ? judged.code : 'foreign',
    );
    if (judged.kind !== 'ack') return;
    const { accepted, duplicates, rejected, retry } = judged.ack;
    this.verdicts.add('accepted', accepted);
    this.verdicts.add('duplicate', duplicates);
    this.verdicts.add('retry', retry.length);
    for (const { code } of rejected) this.verdicts.add(code);
  }
}

function ruleFaults(
  { rule }: FramedCase,
  judged: readonly Judgement[],
  { isClosed, tookMs }: RawOutcome,
): string[] {
  const isHung = !isClosed && rule.kind !== 'any';
  const codes = judged.map((each) => (each.kind === 'problem' ? each.code : each.kind));
  const said = `${codes.join(', ') || 'no answer'}, ${isClosed ? 'closed' : 'left open'} after ${Math.round(tookMs)} ms`;
  if (rule.kind === 'acks') {
    const ids = judged.map((each) => (each.kind === 'ack' ? each.ack.batchId : each.kind));
    const isShed = codes.some((code) => code === 'shed' || code === 'sink_unavailable');
    return isShed || ids.join() === rule.batchIds.join()
      ? []
      : [`not ${rule.batchIds.length} acks in order: ${said}`];
  }
  if (isHung) return [`the connection was not closed: ${said}`];
  if (rule.kind !== 'refused') return [];
  const isRefused = judged.length === 1 && judged[0]?.kind === 'problem';
  return isRefused ? [] : [`not refused with one problem: ${said}`];
}
