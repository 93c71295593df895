import { unfinishedRequests } from './framing-cases.js';
import { judgeForm } from './judge-answer.js';
import { rawExchange } from './raw-exchange.js';
import { Tally } from './tally.js';

export interface PatienceReport {
  /** Connections that the collector cut. */
  readonly cut: number;
  /** The longest that one was kept. */
  readonly maxMs: number;
  /** What the others were told before. */
  readonly codes: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

/** The collector's own 10 s for a request, and what its checks and a busy machine add. */
const cutWithinMs = 18_000;

/**
 * Opens connections that never finish what they began, some of which announce bodies that together
 * are more than a collector may hold. Each must be cut in time.
 */
export async function patience(port: number, count: number): Promise<PatienceReport> {
  // A connection that never said a byte is idle, not late: keep-alive's time holds for it.
  const requests = unfinishedRequests.filter(({ length }) => length > 0);
  const codes = new Tally();
  const faults: string[] = [];
  let cut = 0;
  let maxMs = 0;
  const open = async (piece: Buffer) => {
    const wait = { pieces: [piece], ending: 'open', rule: { kind: 'closed' } } as const;
    const { answers, isClosed, tookMs } = await rawExchange(port, wait, cutWithinMs);
    for (const judged of answers.map(judgeForm)) {
      codes.add(judged.kind === 'problem' ? judged.code : judged.kind);
      faults.push(...judged.faults);
    }
    const request = JSON.stringify(piece.toString('latin1'));
    if (!isClosed) faults.push(`kept an unfinished request open: ${request}`);
    cut += isClosed ? 1 : 0;
    maxMs = Math.max(maxMs, tookMs);
  };
  await Promise.all(Array.from({ length: count }, (_, i) => open(requests[i % requests.length]!)));
  return { cut, maxMs, codes: codes.toObject(), faults };
}
