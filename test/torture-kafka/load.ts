/** Real clients of the Node SDK, each with a file queue of its own, that track at a steady rate. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createAnalytics, type FlushReport, type NodeAnalytics } from '@holdfast/sdk-node';
import type { SeededRandom } from '../support/seeded-random.js';
import { tortureLimits as limits } from './limits.js';
import { monotonicMs } from './monotonic-clock.js';
import { eventText } from './receipt-log.js';
import { RefusedEvents } from './refused-events.js';
import { addTo, digestOf, type TrackedEvents } from './tracked-events.js';

export interface ClientSetup {
  readonly source: string;
  readonly writeKey: string;
  readonly endpoints: readonly string[];
}

export interface LoadSetup {
  readonly clients: readonly ClientSetup[];
  readonly folder: string;
  readonly eventsPerSecond: number;
  readonly random: SeededRandom;
  /** Whether another sender sends events that the collector refuses for good. */
  readonly hasRefused: boolean;
}

const words = ['née', '日本', '😀', '"quoted"', 'back\\slash', 'tab\t', 'plain', '\u2028'];

export class Load {
  readonly #setup: LoadSetup;
  readonly #events: TrackedEvents;
  readonly #clients: readonly NodeAnalytics[];
  readonly #refused: RefusedEvents;
  /** The clients of each source. */
  readonly #tenants: readonly (readonly NodeAnalytics[])[];
  #count = 0;
  #ownIds = 0;
  #timer: NodeJS.Timeout | undefined;
  #startedAtMs = 0;

  constructor(setup: LoadSetup, events: TrackedEvents) {
    this.#setup = setup;
    this.#events = events;
    this.#refused = new RefusedEvents(events);
    this.#clients = setup.clients.map((client, index) => this.#createClient(client, index));
    const sources = [...new Set(setup.clients.map(({ source }) => source))];
    this.#tenants = sources.map((source) =>
      this.#clients.filter((_, index) => setup.clients[index]?.source === source),
    );
  }

  start(): void {
    this.#startedAtMs = monotonicMs();
    this.#timer = setInterval(() => this.#turn(), limits.turnMs);
  }

  /** Tracks no more and delivers what waits; resolves with what each client reports at the end. */
  async drain(timeoutMs: number): Promise<FlushReport[]> {
    clearInterval(this.#timer);
    const untilMs = monotonicMs() + timeoutMs;
    const drained = Promise.all(this.#clients.map((client) => drainClient(client, untilMs)));
    await this.#refused.drain(untilMs);
    return drained;
  }

  #createClient({ source, writeKey, endpoints }: ClientSetup, index: number): NodeAnalytics {
    const events = this.#events;
    const client = createAnalytics({
      ...{ writeKey, endpoint: endpoints, flushIntervalMs: limits.flushIntervalMs },
      queueDir: join(this.#setup.folder, `queue-${index}`),
      beforeStore: (event) => {
        events.digests.set(eventText(source, event.eventId), digestOf(JSON.stringify(event)));
        return event;
      },
    });
    client.on('delivered', ({ eventIds }) => {
      for (const eventId of eventIds) events.delivered.add(eventText(source, eventId));
    });
    client.on('rejected', ({ eventId }) => events.rejected.add(eventText(source, eventId)));
    client.on('dropped', ({ reason, count }) => addTo(events.dropped, reason, count));
    client.on('retrying', ({ cause }) => addTo(events.retries, cause));
    client.on('error', ({ code }) => addTo(events.errors, code));
    return client;
  }

  /** Tracks what the rate asks for by now. */
  #turn(): void {
    const dueEvents = ((monotonicMs() - this.#startedAtMs) / 1_000) * this.#setup.eventsPerSecond;
    while (this.#count < dueEvents) this.#track();
    this.#events.noteWaiting();
  }

  #track(): void {
    const { random, hasRefused, clients } = this.#setup;
    if (hasRefused && random.happens(1 / 500)) this.#refused.track(random.pick(clients));
    if (random.happens(1 / 40)) {
      // The same id in each source: they are two events.
      const own = ownId(this.#ownIds++);
      for (const clients of this.#tenants) this.#trackOne(random.pick(clients), own);
    } else this.#trackOne(random.pick(this.#clients), {});
  }

  #trackOne(client: NodeAnalytics, own: ReturnType<typeof ownId> | object): void {
    const { random } = this.#setup;
    client.track({
      ...own,
      userId: `user-${random.below(5_000)}`,
      event: random.pick(['Viewed', 'Added', 'Ordered']),
      ...(random.happens(1 / 10) && { priority: 'low' as const }),
      properties: {
        n: this.#count++,
        text: Array.from({ length: random.below(30) }, () => random.pick(words)).join(' '),
        amount: random.fraction() * 1e6,
      },
    });
  }
}

/** A flush ends when all was tried, delivered or not: so it takes several after an outage. */
async function drainClient(client: NodeAnalytics, untilMs: number): Promise<FlushReport> {
  for (;;) {
    const leftMs = untilMs - monotonicMs();
    if (leftMs <= 0) break;
    const { pending } = await client.flush({ timeoutMs: leftMs });
    if (pending === 0) break;
    await pause(Math.min(leftMs, limits.flushAgainMs));
  }
  return client.shutdown({ timeoutMs: 0 });
}

/** An app's own id, which needs the app's own time. */
function ownId(n: number) {
  const timestamp = new Date(Date.UTC(2026, 0, 1) + n * 60_000);
  return { eventId: `order-${n}`, timestamp };
}
