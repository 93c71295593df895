import type { BatchRequest, Transport, TransportOutcome } from '@holdfast/sdk-core';
import type { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';
import type { CollectorProcess } from '../../simulation/parts/collector-process.js';

/** The way from the clients to the collector: it takes its time, and knows who came when. */
export class HerdNetwork {
  /** When each request reached the collector, or would have. */
  readonly arrivalsMs: number[] = [];
  refusals = 0;
  /** Requests that were sent although their client had been told to wait. */
  impatient = 0;
  /** Nobody listens. */
  isDown = false;
  /** Said instead of every Retry-After. */
  fixedRetryAfter: string | undefined;
  readonly #clock: VirtualClock;
  readonly #collector: CollectorProcess;

  constructor(clock: VirtualClock, collector: CollectorProcess) {
    this.#clock = clock;
    this.#collector = collector;
  }

  /** The transport of one client, which is so far away. */
  transport(roundTripMs: number): Transport {
    let waitsUntilMs = 0;
    return {
      send: async (request) => {
        if (this.#clock.monotonicMs() < waitsUntilMs) this.impatient++;
        await this.#pass(roundTripMs / 2);
        this.arrivalsMs.push(this.#clock.monotonicMs());
        if (this.isDown) return { kind: 'network', detail: 'ECONNREFUSED' };
        const outcome = await this.#exchange(request);
        await this.#pass(roundTripMs / 2);
        if (outcome.retryAfter !== null) {
          this.refusals++;
          waitsUntilMs = this.#clock.monotonicMs() + Number(outcome.retryAfter) * 1_000;
        }
        return outcome;
      },
      close: () => Promise.resolve(),
    };
  }

  #exchange(request: BatchRequest): Promise<TransportOutcome & { readonly kind: 'answer' }> {
    const { batchId, sentAt, epoch } = request;
    const frame = JSON.stringify({ batchId, sentAt, epoch }).slice(0, -1);
    const body = Buffer.from(`${frame},"events":[${request.events.join(',')}]}`);
    const headers = {
      authorization: `Bearer ${request.writeKey}`,
      'content-type': 'application/json',
      'content-length': String(body.length),
    };
    return new Promise((resolve) => {
      this.#collector.receive('/v1/events', headers, body, (answer) => {
        const { status, body: text } = answer;
        const told = answer.headers['retry-after'] ?? null;
        const retryAfter = told === null ? null : (this.fixedRetryAfter ?? told);
        const date = answer.headers.date ?? null;
        resolve({ kind: 'answer', status, retryAfter, date, body: text });
      });
    });
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.schedule(ms, resolve);
    });
  }
}
