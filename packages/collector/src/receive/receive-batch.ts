/**
 * One POST of a client, in whatever dialect, from the first header to the answer. What can be
 * refused without the body is refused before the body is read.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Durable, limits, type ProblemCode } from '@holdfast/protocol';
import { corsHeaders, sendJson, sendRefusal } from '@holdfast/server-core/http/problem';
import type { Clock, Logger, Random } from '@holdfast/server-core/ports';
import { type Refusal, refusal } from '@holdfast/server-core/refusal';
import type { Admission, Admitted } from '../admission/admission.js';
import type { SinkLatency } from '../admission/sink-latency.js';
import type { StoreOnce } from '../dedup/store-once.js';
import type { BatchVerdict, Dialect, DialectAnswer, RequestForm } from '../dialects/dialect.js';
import { loadLimits } from '../limits.js';
import type { CollectorMetrics } from '../metrics/collector-metrics.js';
import type { Batch } from '../scan/scan-batch.js';
import type { EventSink, SinkOutcome } from '../sinks/event-sink.js';
import { acceptedEvents, batchVerdict, type Reception } from './accept-batch.js';
import type { ClientIp } from './client-of.js';
import { clientOf } from './client-of.js';
import { deadLetters } from './dead-letters.js';
import { bodyTooLarge, heldBytes, readBody } from './read-body.js';

export interface BatchReceiverParts {
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
type Outcome =
  | { readonly kind: 'taken'; readonly answer: DialectAnswer }
  | { readonly kind: 'aborted' }
  | Refusal;

export class BatchReceiver {
  readonly #parts: BatchReceiverParts;
  #active = 0;
  #whenIdle: (() => void) | undefined;
  #isDraining = false;

  constructor(parts: BatchReceiverParts) {
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
  preflight(response: ServerResponse, { allowedHeaders }: Dialect): void {
    response.writeHead(204, {
      ...corsHeaders,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': allowedHeaders.join(', '),
      'access-control-max-age': '86400',
    });
    response.end();
  }

  /** Answers a POST; never rejects. */
  async post(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    dialect: Dialect,
  ): Promise<void> {
    const startedMs = this.#parts.clock.monotonicMs();
    let code: ProblemCode | 'ok' | 'aborted' = 'aborted';
    this.#active++;
    // Closed means written out: a connection that is cut before would lose the answer.
    response.once('close', () => {
      this.#finish(code === 'aborted' ? 0 : response.statusCode, code, startedMs);
    });
    const outcome = await this.#receive(request, url, dialect);
    if (outcome.kind === 'taken') {
      code = 'ok';
      sendJson(response, outcome.answer.status, outcome.answer.body);
    } else if (outcome.kind === 'refused') {
      code = outcome.code;
      this.#refuse(request, response, outcome);
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

  async #receive(request: IncomingMessage, url: URL, dialect: Dialect): Promise<Outcome> {
    const { admission, clock, logger } = this.#parts;
    try {
      const receivedAtMs = clock.nowMs();
      if (this.#isDraining) return refusal('draining', undefined, admission.retryAfterMs());
      const form = dialect.readForm({ headers: request.headers, query: url.searchParams });
      if (form.kind === 'refused') return form;
      const wireBytes = Number(request.headers['content-length'] ?? loadLimits.assumedBodyBytes);
      if (wireBytes > limits.maxWireBytes) return bodyTooLarge();
      const expectedBytes = heldBytes(wireBytes, form.encoding);
      const admitted = await admission.admit({ ...form, expectedBytes });
      if (admitted.kind === 'refused') return admitted;
      return await this.#take(request, dialect, form, admitted, receivedAtMs).finally(() => {
        admitted.ticket.release();
      });
    } catch (error) {
      logger.log('error', 'request failed', { error: String(error) });
      return refusal('internal_error');
    }
  }

  async #take(
    request: IncomingMessage,
    dialect: Dialect,
    form: RequestForm,
    { record, ticket }: Admitted,
    receivedAtMs: number,
  ): Promise<Outcome> {
    const { admission, clientIp, metrics } = this.#parts;
    const body = await readBody(request, form.encoding, (bytes) => ticket.tryResize(bytes));
    if (body.kind === 'no_room') return admission.noRoom();
    if (body.kind !== 'body') return body;
    ticket.resize(body.bytes.length);
    metrics.countBody(body.bytes.length);
    const batch = dialect.readEvents(body.bytes, form);
    admission.countEvents(record, batch.kind === 'batch' ? batch.events.length : 1);
    if (batch.kind === 'problem') return refusal(batch.code, batch.detail);
    const { source } = record;
    const { priority } = form;
    const reception = { source, priority, receivedAtMs, ...clientOf(request, clientIp) };
    const verdict = await this.#store(batch, reception);
    metrics.countVerdict(source, verdict);
    return this.#outcome(dialect, batch, verdict);
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

  async #keepDeadLetters(batch: Batch, reception: Reception): Promise<readonly SinkOutcome[]> {
    const sink = this.#parts.deadLetters;
    const hasLetters = batch.events.some(({ kind }) => kind === 'rejected');
    return sink === undefined || !hasLetters ? [] : sink.write(deadLetters(batch, reception));
  }

  /** 503 if and only if no event was taken although one could have been. */
  #outcome(dialect: Dialect, batch: Batch, verdict: BatchVerdict): Outcome {
    const { region, epoch, sinks, random, admission } = this.#parts;
    const taken = verdict.accepted + verdict.duplicates;
    if (taken === 0 && verdict.retry.length > 0) {
      return refusal('sink_unavailable', undefined, admission.retryAfterMs());
    }
    admission.countTaken();
    const durable: Durable[] = sinks.map((sink) => sink.durable);
    const stamp = { region, epoch, durable, newBatchId: () => random.uuid() };
    return { kind: 'taken', answer: dialect.answer(batch, verdict, stamp) };
  }
}
