import type { LatestEvents, Ledger, Rejections, Top } from '@holdfast/storage/query/answers';
import { pageLimits } from './limits.js';

const { requestTimeoutMs } = pageLimits;
const writeKey = 'dev';

export interface Overview {
  /** Of the asked queues. */
  readonly ledger: Ledger;
  readonly top: Top;
  readonly latest: LatestEvents;
  readonly rejections: Rejections;
}

/** What the server knows, the ledger of these queues first; undefined if it cannot be reached. */
export async function overview(queueIds: readonly string[]): Promise<Overview | undefined> {
  const queues = queueIds.map((id) => `queue=${encodeURIComponent(id)}`);
  try {
    const ledger = await getJson<Ledger>(`/v1/ledger?${queues.join('&') || 'queue=none'}`);
    const [top, latest, rejections] = await Promise.all([
      getJson<Top>('/v1/metrics/top?by=event&limit=8'),
      getJson<LatestEvents>('/v1/events?limit=8'),
      getJson<Rejections>('/v1/rejections?limit=8'),
    ]);
    return { ledger, top, latest, rejections };
  } catch {
    // Refused, cut or slow: the page says that the collector is down and asks again.
    return undefined;
  }
}

/** Sends an event past the SDK; resolves with how many of it the collector told to be copies, or
 *  undefined if it did not take it. */
export async function sendCopy(event: unknown): Promise<number | undefined> {
  try {
    const answer = await fetch(`/v1/events?writeKey=${writeKey}`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ events: [event] }),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    if (!answer.ok) return undefined;
    return ((await answer.json()) as { duplicates: number }).duplicates;
  } catch {
    // The collector is down: the copy is sent again later.
    return undefined;
  }
}

/** Makes the sink unavailable for a while; false if the server did not do it. */
export async function takeSinkDown(seconds: number): Promise<boolean> {
  try {
    const answer = await fetch(`/dev/sink-down?seconds=${seconds}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${writeKey}` },
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    return answer.ok;
  } catch {
    // The collector is down already.
    return false;
  }
}

async function getJson<Answer>(path: string): Promise<Answer> {
  const answer = await fetch(path, { signal: AbortSignal.timeout(requestTimeoutMs) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return (await answer.json()) as Answer;
}
