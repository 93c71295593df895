/** Decides whether a request's body is read at all: key, origin, priority, rate, sinks, load. */
import type { Priority } from '@holdfast/protocol';
import { type Refusal, refusal } from '@holdfast/server-core/refusal';
import type { EventSink } from '../sinks/event-sink.js';
import type { KeyStore } from '../sources/key-store.js';
import type { SourceRecord } from '../sources/source-record.js';
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

/** What is known of a batch before any of it is read. */
export interface Applicant {
  readonly writeKey: string | undefined;
  readonly priority: Priority;
  /** Of the page that sends; undefined: none does. */
  readonly origin: string | undefined;
  /** What will be held of it, as far as can be told. */
  readonly expectedBytes: number;
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

  async admit(applicant: Applicant): Promise<Admitted | Refusal> {
    if (applicant.writeKey === undefined) return refusal('missing_write_key');
    const found = await this.#parts.keys.find(applicant.writeKey);
    if (found.kind === 'unavailable') return this.#later('metadata_unavailable');
    if (found.kind === 'unknown') return refusal('unknown_write_key');
    const { record } = found;
    return (
      forbidden(applicant, record) ??
      this.#tooFast(record) ??
      this.#unavailableSink() ??
      this.#admitBytes(applicant, record)
    );
  }

  /** A wait that spreads those out who are sent away. */
  retryAfterMs(atLeastMs?: number): number {
    return this.#parts.retryAfter.drawMs(atLeastMs);
  }

  /** Known only once the body was read: the next request pays for it. */
  countEvents(record: SourceRecord, eventCount: number): void {
    if (record.maxEventsPerSecond !== undefined) this.#parts.rates.take(record, eventCount);
  }

  /** Something of a request was taken: the sinks work. */
  countTaken(): void {
    this.#parts.retryAfter.countTaken();
  }

  #tooFast(record: SourceRecord): Refusal | undefined {
    if (record.maxEventsPerSecond === undefined) return undefined;
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

  #admitBytes(applicant: Applicant, record: SourceRecord): Admitted | Refusal {
    const { priority, expectedBytes } = applicant;
    const ticket = this.#parts.shedder.admit(priority, expectedBytes);
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
function forbidden(applicant: Applicant, record: SourceRecord): Refusal | undefined {
  const { origin, priority } = applicant;
  if (record.origins.length > 0 && origin !== undefined && !record.origins.includes(origin)) {
    return refusal('origin_not_allowed');
  }
  if (priority === 'critical' && !record.allowsCritical) return refusal('priority_not_allowed');
  return undefined;
}
