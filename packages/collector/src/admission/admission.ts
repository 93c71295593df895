/** Decides whether a request's body is read at all: key, origin, priority, rate, sinks, load. */
import { type Refusal, refusal } from '../http/answer.js';
import { heldBytes } from '../http/read-body.js';
import type { RequestForm } from '../http/request-form.js';
import { loadLimits } from '../limits.js';
import type { EventSink } from '../sinks/event-sink.js';
import type { SourceRecord } from '../source-records.js';
import type { KeyStore } from './key-store.js';
import type { LoadShedder, LoadTicket } from './load-shedder.js';
import type { RetryAfter } from './retry-after.js';
import type { SourceRates } from './source-rates.js';

export interface AdmissionParts {
  readonly keys: KeyStore;
  readonly rates: SourceRates;
  readonly shedder: LoadShedder;
  readonly sinks: readonly EventSink[];
  readonly retryAfter: RetryAfter;
}

/** The ticket is for what is held of the body; the caller releases it when that is nothing. */
export interface Admitted {
  readonly kind: 'admitted';
  readonly record: SourceRecord;
  readonly ticket: LoadTicket;
}

export class Admission {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  async admit(form: RequestForm): Promise<Admitted | Refusal> {
    if (form.writeKey === undefined) return refusal('missing_write_key');
    const answer = await this.#parts.keys.find(form.writeKey);
    if (answer.kind === 'unavailable') return this.#later('metadata_unavailable');
    if (answer.kind === 'unknown') return refusal('unknown_write_key');
    const { record } = answer;
    return (
      forbidden(form, record) ??
      this.#tooFast(record) ??
      this.#unavailableSink() ??
      this.#admitBytes(form, record)
    );
  }

  /** A wait that spreads those out who are sent away. */
  retryAfterMs(atLeastMs?: number): number {
    return this.#parts.retryAfter.drawMs(atLeastMs);
  }

  /** Known only once the body was read: the next request pays for it. */
  countEvents(record: SourceRecord, eventCount: number): void {
    this.#parts.rates.take(record, eventCount);
  }

  /** Something of a request was taken: the sinks work. */
  countTaken(): void {
    this.#parts.retryAfter.countTaken();
  }

  #tooFast(record: SourceRecord): Refusal | undefined {
    const waitMs = this.#parts.rates.waitMs(record);
    return waitMs === 0 ? undefined : refusal('rate_limited', undefined, waitMs);
  }

  #unavailableSink(): Refusal | undefined {
    for (const sink of this.#parts.sinks) {
      const { isAvailable, retryAfterMs } = sink.availability();
      if (!isAvailable) return this.#later('sink_unavailable', retryAfterMs);
    }
    return undefined;
  }

  #admitBytes(form: RequestForm, record: SourceRecord): Admitted | Refusal {
    const bytes = form.wireBytes ?? loadLimits.assumedBodyBytes;
    const ticket = this.#parts.shedder.admit(form.priority, heldBytes(bytes, form.encoding));
    if (ticket === undefined) return this.#later('shed');
    // Nothing of it is held yet; it may never come.
    ticket.resize(0);
    return { kind: 'admitted', record, ticket };
  }

  /** The answer to a body for which there is no room now that it comes. */
  noRoom(): Refusal {
    return this.#later('shed');
  }

  #later(code: 'metadata_unavailable' | 'sink_unavailable' | 'shed', atLeastMs?: number): Refusal {
    return refusal(code, undefined, this.retryAfterMs(atLeastMs));
  }
}

/** What the source may not do. A request without an Origin comes from no page. */
function forbidden(form: RequestForm, record: SourceRecord): Refusal | undefined {
  const { origin, priority } = form;
  if (record.origins.length > 0 && origin !== undefined && !record.origins.includes(origin)) {
    return refusal('origin_not_allowed');
  }
  if (priority === 'critical' && !record.allowsCritical) return refusal('priority_not_allowed');
  return undefined;
}
