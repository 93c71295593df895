/** Events that a collector refuses for good: our SDK sends none, so another sender does. */
import { setTimeout as pause } from 'node:timers/promises';
import { tortureLimits as limits } from './limits.js';
import type { ClientSetup } from './load.js';
import { monotonicMs } from './monotonic-clock.js';
import { eventText } from './receipt-log.js';
import type { TrackedEvents } from './tracked-events.js';

/** Deeper than the wire allows. */
const tooDeep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as object;

export class RefusedEvents {
  readonly #events: TrackedEvents;
  readonly #sending: Promise<void>[] = [];
  #endsAtMs = Number.POSITIVE_INFINITY;

  constructor(events: TrackedEvents) {
    this.#events = events;
  }

  /** Sends one more, again and again until it has an answer. */
  track(client: ClientSetup): void {
    this.#sending.push(this.#send(client, `refused-${this.#sending.length}`));
  }

  /** Resolves once all are answered, or the time is up. */
  async drain(untilMs: number): Promise<void> {
    this.#endsAtMs = untilMs;
    await Promise.all(this.#sending);
  }

  async #send({ source, writeKey, endpoints }: ClientSetup, eventId: string): Promise<void> {
    const events = this.#events;
    const name = eventText(source, eventId);
    events.digests.set(name, '');
    events.others.add(name);
    const timestamp = new Date().toISOString();
    const about = { type: 'track', userId: 'user', event: 'Viewed', properties: { tooDeep } };
    const body = JSON.stringify({ events: [{ ...about, eventId, timestamp }] });
    for (let attempt = 0; monotonicMs() < this.#endsAtMs; attempt++) {
      const endpoint = endpoints[attempt % endpoints.length]!;
      if (await isRefused(endpoint, writeKey, body)) {
        events.rejected.add(name);
        return;
      }
      await pause(limits.flushAgainMs);
    }
  }
}

/** False: there was no verdict on it. */
async function isRefused(endpoint: string, writeKey: string, body: string): Promise<boolean> {
  try {
    const headers = { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(limits.plainSendMs);
    const answer = await fetch(`${endpoint}/v1/events`, { method: 'POST', headers, body, signal });
    const { rejected = [] } = (await answer.json()) as { rejected?: unknown[] };
    return answer.status === 200 && rejected.length === 1;
  } catch {
    // The collector was killed, or hangs.
    return false;
  }
}
