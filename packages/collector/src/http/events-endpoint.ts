/**
 * POST /v1/events, from the first header to the answer. What can be refused without the body is
 * refused before the body is read.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ack, Durable } from '@holdfast/protocol';
import {
  acceptedEvents,
  type BatchVerdict,
  batchVerdict,
  type Reception,
} from '../accept/accept-batch.js';
import { deadLetters } from '../accept/dead-letters.js';
import { type Batch, BatchScanner } from '../accept/scan-batch.js';
import type { StoreOnce } from '../accept/store-once.js';
import type { KeyStore } from '../admission/key-store.js';
import { type RetryAfterRange, randomRetryAfterMs } from '../admission/retry-after.js';
import type { Clock, Logger, Random } from '../ports.js';
import type { EventSink, SinkOutcome } from '../sinks/event-sink.js';
import { corsHeaders, type Refusal, refusal, sendJson, sendRefusal } from './answer.js';
import { readBody } from './read-body.js';
import { type RequestForm, readRequestForm } from './request-form.js';

export interface EventsEndpointParts {
  readonly region: string;
  readonly epoch: number;
  readonly retryAfter: RetryAfterRange;
  readonly sinks: readonly EventSink[];
  readonly deadLetters: EventSink | undefined;
  readonly store: StoreOnce;
  readonly keys: KeyStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const preflightHeaders = {
  ...corsHeaders,
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'Authorization, Content-Type, Content-Encoding',
  'access-control-max-age': '86400',
};

export class EventsEndpoint {
  readonly #parts: EventsEndpointParts;
  readonly #scanner = new BatchScanner();
  #active = 0;
  #whenIdle: (() => void) | undefined;
  #isDraining = false;

  constructor(parts: EventsEndpointParts) {
    this.#parts = parts;
  }

  /** Refuses new requests from now on; resolves when the last one under way is answered. */
  drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#active === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  /** Answers a preflight: a page may send from anywhere, the write key decides. */
  preflight(response: ServerResponse): void {
    response.writeHead(204, preflightHeaders).end();
  }

  /** Answers a POST; never rejects. */
  async post(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    this.#active++;
    // Closed means written out: a connection that is cut before would lose the answer.
    response.once('close', () => {
      this.#active--;
      if (this.#active === 0) this.#whenIdle?.();
    });
    try {
      const answer = await this.#serve(request, url);
      if (answer.kind === 'refused') this.#refuse(request, response, answer);
      else if (answer.kind === 'ack') sendJson(response, 200, answer.ack);
    } catch (error) {
      this.#parts.logger.log('error', 'request failed', { error: String(error) });
      if (!response.headersSent) this.#refuse(request, response, refusal('internal_error'));
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, refused: Refusal): void {
    const isEndless = !request.complete && request.headers['content-length'] === undefined;
    const mustClose = isEndless || refused.code === 'draining' || refused.code === 'body_too_large';
    sendRefusal(request, response, refused, mustClose);
  }

  async #serve(request: IncomingMessage, url: URL) {
    const receivedAtMs = this.#parts.clock.nowMs();
    if (this.#isDraining) return refusal('draining', undefined, this.#retryAfterMs());
    const form = readRequestForm(request, url.searchParams);
    if (form.kind === 'refused') return form;
    const admitted = await this.#admit(form);
    if (admitted.kind === 'refused') return admitted;
    const body = await readBody(request, form.encoding);
    if (body.kind !== 'body') return body;
    const batch = this.#scanner.scan(body.bytes);
    if (batch.kind === 'problem') return refusal(batch.code, batch.detail);
    const reception = {
      source: admitted.record.source,
      priority: form.priority,
      receivedAtMs,
      userAgent: request.headers['user-agent'],
    };
    const [outcomes, letters] = await Promise.all([
      this.#parts.store.store(acceptedEvents(batch, reception)),
      this.#keepDeadLetters(batch, reception),
    ]);
    return this.#answer(batch, batchVerdict(batch, outcomes, letters));
  }

  #keepDeadLetters(batch: Batch, reception: Reception): Promise<readonly SinkOutcome[]> {
    const letters = deadLetters(batch, reception);
    const sink = this.#parts.deadLetters;
    return sink === undefined || letters.length === 0 ? Promise.resolve([]) : sink.write(letters);
  }

  async #admit(form: RequestForm) {
    if (form.writeKey === undefined) return refusal('missing_write_key');
    const answer = await this.#parts.keys.find(form.writeKey);
    if (answer.kind === 'unavailable') {
      return refusal('metadata_unavailable', undefined, this.#retryAfterMs());
    }
    if (answer.kind === 'unknown') return refusal('unknown_write_key');
    return this.#unavailableSink() ?? { kind: 'admitted' as const, record: answer.record };
  }

  #unavailableSink(): Refusal | undefined {
    for (const sink of this.#parts.sinks) {
      const { isAvailable, retryAfterMs } = sink.availability();
      if (!isAvailable) {
        return refusal('sink_unavailable', undefined, this.#retryAfterMs(retryAfterMs));
      }
    }
    return undefined;
  }

  /** 503 if and only if no event was taken although one could have been. */
  #answer(batch: Batch, verdict: BatchVerdict) {
    const taken = verdict.accepted + verdict.duplicates;
    if (taken === 0 && verdict.retry.length > 0) {
      return refusal('sink_unavailable', undefined, this.#retryAfterMs());
    }
    const { region, epoch, sinks, random } = this.#parts;
    const batchId = batch.batchId ?? random.uuid();
    const durable: Durable[] = sinks.map((sink) => sink.durable);
    const ack: Ack = { batchId, region, epoch, durable, ...verdict };
    return { kind: 'ack' as const, ack };
  }

  #retryAfterMs(atLeastMs?: number): number {
    return randomRetryAfterMs(this.#parts.retryAfter, this.#parts.random, atLeastMs);
  }
}
