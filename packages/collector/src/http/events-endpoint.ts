/**
 * POST /v1/events, from the first header to the answer. What can be refused without the body is
 * refused before the body is read.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ack, Durable, ProblemCode } from '@holdfast/protocol';
import {
  acceptedEvents,
  type BatchVerdict,
  batchVerdict,
  type Reception,
} from '../accept/accept-batch.js';
import { deadLetters } from '../accept/dead-letters.js';
import { type Batch, BatchScanner } from '../accept/scan-batch.js';
import type { StoreOnce } from '../accept/store-once.js';
import type { Admission, Admitted } from '../admission/admission.js';
import type { SinkLatency } from '../admission/sink-latency.js';
import type { CollectorMetrics } from '../metrics/collector-metrics.js';
import type { Clock, Logger, Random } from '../ports.js';
import type { EventSink, SinkOutcome } from '../sinks/event-sink.js';
import { corsHeaders, type Refusal, refusal, sendJson, sendRefusal } from './answer.js';
import type { ClientIp } from './client-ip.js';
import { clientOf } from './client-of.js';
import { readBody } from './read-body.js';
import { type RequestForm, readRequestForm } from './request-form.js';

export interface EventsEndpointParts {
  readonly region: string;
  readonly epoch: number;
  readonly sinks: readonly EventSink[];
  readonly deadLetters: EventSink | undefined;
  readonly store: StoreOnce;
  readonly admission: Admission;
  readonly sinkLatency: SinkLatency;
  readonly clientIp: ClientIp;
  readonly metrics: CollectorMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** `aborted`: the client is gone. */
type Answer = { readonly kind: 'ack'; readonly ack: Ack } | { readonly kind: 'aborted' } | Refusal;

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

  /** Requests whose answer is not written out yet. */
  get active(): number {
    return this.#active;
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
    const startedMs = this.#parts.clock.monotonicMs();
    let code: ProblemCode | 'ok' | 'aborted' = 'aborted';
    this.#active++;
    // Closed means written out: a connection that is cut before would lose the answer.
    response.once('close', () => {
      this.#finish(code === 'aborted' ? 0 : response.statusCode, code, startedMs);
    });
    const answer = await this.#answerTo(request, url);
    if (answer.kind === 'ack') {
      code = 'ok';
      sendJson(response, 200, answer.ack);
    } else if (answer.kind === 'refused') {
      code = answer.code;
      this.#refuse(request, response, answer);
    }
  }

  #finish(status: number, code: ProblemCode | 'ok' | 'aborted', startedMs: number): void {
    const { clock, metrics, logger } = this.#parts;
    const durationMs = clock.monotonicMs() - startedMs;
    metrics.countRequest(status, code, durationMs);
    logger.log('debug', 'request', { status, code, durationMs: Math.round(durationMs) });
    this.#active--;
    if (this.#active === 0) this.#whenIdle?.();
  }

  #refuse(request: IncomingMessage, response: ServerResponse, refused: Refusal): void {
    const isEndless = !request.complete && request.headers['content-length'] === undefined;
    const isLong = refused.isCutOff || refused.code === 'body_too_large';
    sendRefusal(request, response, refused, isEndless || isLong || refused.code === 'draining');
  }

  async #answerTo(request: IncomingMessage, url: URL): Promise<Answer> {
    const { admission, clock, logger } = this.#parts;
    try {
      const receivedAtMs = clock.nowMs();
      if (this.#isDraining) return refusal('draining', undefined, admission.retryAfterMs());
      const form = readRequestForm(request, url.searchParams);
      if (form.kind === 'refused') return form;
      const admitted = await admission.admit(form);
      if (admitted.kind === 'refused') return admitted;
      return await this.#take(request, form, admitted, receivedAtMs).finally(() => {
        admitted.ticket.release();
      });
    } catch (error) {
      logger.log('error', 'request failed', { error: String(error) });
      return refusal('internal_error');
    }
  }

  async #take(
    request: IncomingMessage,
    form: RequestForm,
    { record, ticket }: Admitted,
    receivedAtMs: number,
  ): Promise<Answer> {
    const body = await readBody(request, form.encoding, (bytes) => ticket.tryResize(bytes));
    if (body.kind === 'no_room') return this.#parts.admission.noRoom();
    if (body.kind !== 'body') return body;
    ticket.resize(body.bytes.length);
    this.#parts.metrics.countBody(body.bytes.length);
    const isJson = form.format === 'json';
    const batch = isJson ? this.#scanner.scan(body.bytes) : this.#scanner.scanMsgpack(body.bytes);
    this.#parts.admission.countEvents(record, batch.kind === 'batch' ? batch.events.length : 1);
    if (batch.kind === 'problem') return refusal(batch.code, batch.detail);
    const { source } = record;
    const client = clientOf(request, this.#parts.clientIp);
    const reception = { source, priority: form.priority, receivedAtMs, ...client };
    const verdict = await this.#store(batch, reception);
    this.#parts.metrics.countVerdict(source, verdict);
    return this.#verdictAnswer(batch, verdict);
  }

  async #store(batch: Batch, reception: Reception): Promise<BatchVerdict> {
    const { store, sinkLatency, metrics, clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const [outcomes, letters] = await sinkLatency.measure(() =>
      Promise.all([
        store.store(acceptedEvents(batch, reception)),
        this.#keepDeadLetters(batch, reception),
      ]),
    );
    metrics.timeWrite(clock.monotonicMs() - startedMs);
    return batchVerdict(batch, outcomes, letters);
  }

  #keepDeadLetters(batch: Batch, reception: Reception): Promise<readonly SinkOutcome[]> {
    const letters = deadLetters(batch, reception);
    const sink = this.#parts.deadLetters;
    return sink === undefined || letters.length === 0 ? Promise.resolve([]) : sink.write(letters);
  }

  /** 503 if and only if no event was taken although one could have been. */
  #verdictAnswer(batch: Batch, verdict: BatchVerdict): Answer {
    const { region, epoch, sinks, random, admission } = this.#parts;
    const taken = verdict.accepted + verdict.duplicates;
    if (taken === 0 && verdict.retry.length > 0) {
      return refusal('sink_unavailable', undefined, admission.retryAfterMs());
    }
    admission.countTaken();
    const batchId = batch.batchId ?? random.uuid();
    const durable: Durable[] = sinks.map((sink) => sink.durable);
    return { kind: 'ack', ack: { batchId, region, epoch, durable, ...verdict } };
  }
}
