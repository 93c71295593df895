import { type Ack, type ProblemCode, problemStatuses } from '@holdfast/protocol';
import type { BatchRequest, Transport, TransportOutcome } from '../../src/ports.js';
import type { VirtualClock } from './virtual-clock.js';

export interface ModelEvent {
  readonly eventId: string;
  readonly type: string;
  readonly event?: string;
  readonly queue?: { readonly id: string; readonly seq: number };
  readonly properties?: Record<string, unknown>;
}

/** What a rule answers for a request; undefined: the next rule, at last an ack. */
export type Rule = (
  events: readonly ModelEvent[],
  request: BatchRequest,
) => TransportOutcome | Promise<TransportOutcome> | undefined;

/** A collector and the network before it, in memory; tests script its faults with rules. */
export class ModelCollector implements Transport {
  readonly requests: { readonly atMs: number; readonly request: BatchRequest }[] = [];
  /** Every copy that was accepted, by eventId. */
  readonly taken = new Map<string, ModelEvent>();
  duplicates = 0;
  rules: Rule[] = [];
  /** Events this returns a code for are rejected. */
  rejects: (event: ModelEvent) => string | undefined = () => undefined;
  retries: (event: ModelEvent) => boolean = () => false;
  sendsDate = true;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async send(request: BatchRequest): Promise<TransportOutcome> {
    this.requests.push({ atMs: this.#clock.monotonicMs(), request });
    const events = request.events.map(
      (json) => JSON.parse(typeof json === 'string' ? json : text(json)) as ModelEvent,
    );
    for (const rule of this.rules) {
      const outcome = await rule(events, request);
      if (outcome) return outcome;
    }
    return this.ack(events, request);
  }

  /** Takes the events and answers as a collector does. */
  ack(events: readonly ModelEvent[], request: BatchRequest): TransportOutcome {
    const ack = { accepted: 0, duplicates: 0, rejected: [] as object[], retry: [] as object[] };
    events.forEach((event, index) => {
      const code = this.rejects(event);
      if (code) ack.rejected.push({ index, eventId: event.eventId, code });
      else if (this.retries(event)) ack.retry.push({ index, code: 'partition_unavailable' });
      else if (this.taken.has(event.eventId)) ack.duplicates++;
      else {
        ack.accepted++;
        this.taken.set(event.eventId, event);
      }
    });
    this.duplicates += ack.duplicates;
    const { batchId } = request;
    const body = { batchId, region: 'default', epoch: 0, durable: ['memory'], ...ack } as Ack;
    return this.answer(200, JSON.stringify(body));
  }

  answer(status: number, body: string, retryAfter: string | null = null): TransportOutcome {
    const date = this.sendsDate ? new Date(this.#clock.nowMs()).toUTCString() : null;
    return { kind: 'answer', status, retryAfter, date, body };
  }

  problem(code: ProblemCode, retryAfter: string | null = null): TransportOutcome {
    const status = problemStatuses[code];
    return this.answer(status, JSON.stringify({ type: 'about:blank', code, status }), retryAfter);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export const refusedConnection: TransportOutcome = { kind: 'network', detail: 'ECONNREFUSED' };

function text(json: Uint8Array): string {
  return new TextDecoder().decode(json);
}
