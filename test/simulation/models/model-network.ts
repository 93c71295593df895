/**
 * The way between clients and collectors, and everything that goes wrong on it. A client's
 * transport sends the very bytes that the SDK's would; what comes back is what a socket would give.
 */
import type { BatchRequest, Transport, TransportOutcome } from '@holdfast/sdk-core/ports';
import type { VirtualClock } from '../../../packages/sdk-core/test/support/virtual-clock.js';
import {
  type BatchEncoding,
  batchBody,
  mediaTypes,
} from '../../../packages/sdk-node/src/transport/encode-batch.js';
import { SeededRandom } from '../../support/seeded-random.js';
import type { FaultCounts, FaultKind } from '../fault-kinds.js';
import { type Ledger, poisonUserId } from '../ledger.js';
import type { HttpAnswer } from './exchange.js';
import { foreignAnswer, waitOrder } from './foreign-answers.js';
import type { Life, ProcessClock } from './life.js';
import { RequestWatch } from './request-watch.js';

export type NetworkFault =
  | 'requestLost'
  | 'responseLost'
  | 'connectionReset'
  | 'duplicateDelivery'
  | 'lateDelivery'
  | 'commitThenTimeout'
  | 'truncatedAnswer'
  | 'foreignAnswer'
  | 'foreignWaitOrder'
  | 'foreignWaitBare'
  | 'staleAck'
  | 'batchRefused';

/** A share of the requests to some endpoints meets a fault for a while. */
export interface Weather {
  readonly fault: NetworkFault;
  readonly share: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Undefined: all. */
  readonly endpoint: string | undefined;
}

/** Where an endpoint's requests go. */
export interface Server {
  readonly url: string;
  /** False: nobody listens, the connection is refused. */
  receive(
    path: string,
    headers: Record<string, string>,
    body: Buffer,
    onAnswer: (answer: HttpAnswer) => void,
    onReset: () => void,
  ): boolean;
}

export interface NetworkParts {
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly faults: FaultCounts;
  readonly ledger: Ledger;
  readonly servers: readonly Server[];
  readonly weather: Weather[];
}

const longestLatencyMs = 80;

export class ModelNetwork {
  readonly parts: NetworkParts;
  readonly random: SeededRandom;
  requests = 0;
  /** The last ack that went over the wire, for whoever answers from a cache. */
  lastAck: HttpAnswer | undefined;

  constructor(parts: NetworkParts) {
    this.parts = parts;
    this.random = new SeededRandom(parts.seed);
  }

  /** The fault that this request meets, if any. */
  draw(endpoint: string): NetworkFault | undefined {
    const nowMs = this.parts.clock.monotonicMs();
    for (const weather of this.parts.weather) {
      if (nowMs < weather.startMs || nowMs >= weather.endMs) continue;
      if (weather.endpoint !== undefined && weather.endpoint !== endpoint) continue;
      if (this.random.fraction() < weather.share) return weather.fault;
    }
    return undefined;
  }

  get latencyMs(): number {
    return 1 + this.random.fraction() * longestLatencyMs;
  }
}

export interface ModelTransportParts {
  readonly network: ModelNetwork;
  readonly life: Life;
  readonly clock: ProcessClock;
  readonly name: string;
  readonly maxInFlight: number;
  readonly encoding: BatchEncoding;
  /** A page names everything in the query, and sends text/plain. */
  readonly isPage: boolean;
}

/** One client's transport. */
export class ModelTransport implements Transport {
  readonly #parts: ModelTransportParts;
  readonly #watch: RequestWatch;
  #isClosed = false;

  constructor(parts: ModelTransportParts) {
    this.#parts = parts;
    const { ledger, faults } = parts.network.parts;
    this.#watch = new RequestWatch(ledger, faults, parts.name, parts.maxInFlight);
  }

  send(request: BatchRequest): Promise<TransportOutcome> {
    const { life, clock, network } = this.#parts;
    if (life.isDead) return new Promise(() => undefined);
    if (this.#isClosed) return Promise.resolve({ kind: 'network', detail: 'closed' });
    network.requests++;
    const started = this.#watch.starts(request);
    return new Promise((resolve) => {
      let isOver = false;
      const finish = (outcome: TransportOutcome) =>
        life.deliver(() => {
          if (isOver) return;
          isOver = true;
          cancel();
          this.#watch.ends(started, outcome, clock.nowMs());
          resolve(outcome);
        });
      const cancel = clock.schedule(request.timeoutMs, () =>
        finish({ kind: 'network', detail: 'timeout' }),
      );
      if (!request.isKeepalive) {
        request.signal.onAbort(() => finish({ kind: 'network', detail: 'aborted' }));
      }
      this.#exchange(request, finish);
    });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  #exchange(request: BatchRequest, finish: (outcome: TransportOutcome) => void): void {
    const { network } = this.#parts;
    const { faults, clock, ledger } = network.parts;
    const fault = network.draw(request.endpoint);
    const after = (delayMs: number, work: () => void) => clock.schedule(delayMs, work);
    const upMs = network.latencyMs;
    const answer = (http: HttpAnswer) => after(network.latencyMs, () => finish(outcomeOf(http)));
    const reset = () => after(network.latencyMs, () => finish(broken('ECONNRESET')));
    const deliver = (hears: (http: HttpAnswer) => void) => this.#deliver(request, hears, reset);
    if (fault) ledger.note(`${this.#parts.name} meets ${fault}`);
    const count = (kind: FaultKind) => faults.add(kind);
    switch (fault) {
      case undefined:
        after(upMs, () => deliver(answer));
        return;
      case 'requestLost':
        count(fault);
        if (network.random.fraction() < 0.5) after(upMs, () => finish(broken('EHOSTUNREACH')));
        return;
      case 'responseLost':
        after(upMs, () => deliver(() => count(fault)));
        return;
      case 'connectionReset':
        count(fault);
        after(upMs, () => deliver(() => undefined));
        after(upMs + network.random.fraction() * 60, () => finish(broken('ECONNRESET')));
        return;
      case 'duplicateDelivery':
        count(fault);
        after(upMs, () => deliver(answer));
        after(upMs + network.random.fraction() * 50, () => deliver(answer));
        return;
      case 'lateDelivery':
        count(fault);
        if (network.random.fraction() < 0.7) after(upMs, () => deliver(answer));
        after(upMs + 20_000, () => deliver(answer));
        return;
      case 'commitThenTimeout':
        after(upMs, () =>
          deliver((http) => {
            count(fault);
            after(request.timeoutMs + 1_000, () => finish(outcomeOf(http)));
          }),
        );
        return;
      case 'truncatedAnswer':
        after(upMs, () =>
          deliver((http) => {
            count(fault);
            const { body } = http;
            const length = Math.floor(network.random.fraction() * body.length);
            answer({ ...http, body: body.slice(0, length) });
          }),
        );
        return;
      case 'foreignAnswer':
        count(fault);
        after(upMs, () => answer(foreignAnswer(network.random, clock.nowMs())));
        return;
      case 'foreignWaitOrder':
      case 'foreignWaitBare':
        count(fault);
        after(upMs, () =>
          answer(waitOrder(network.random, clock.nowMs(), fault === 'foreignWaitOrder')),
        );
        return;
      case 'staleAck':
        after(upMs, () => {
          const { lastAck } = network;
          if (lastAck === undefined) return deliver(answer);
          count(fault);
          answer(lastAck);
        });
        return;
      case 'batchRefused':
        // A collector of another version, whose limit is lower, and which refuses poison so, too.
        if (request.events.length < 2 && !holdsPoison(request)) after(upMs, () => deliver(answer));
        else {
          count(fault);
          after(upMs, () => answer(smallerLimit(clock.nowMs())));
        }
    }
  }

  /** Brings the bytes to the server that the endpoint stands for. */
  #deliver(request: BatchRequest, hears: (http: HttpAnswer) => void, reset: () => void): void {
    const { network, encoding, isPage } = this.#parts;
    const server = network.parts.servers.find(({ url }) => url === request.endpoint);
    const body = batchBody(request, encoding);
    const query = new URLSearchParams();
    if (isPage) query.set('writeKey', request.writeKey);
    if (request.priority !== 'normal') query.set('priority', request.priority);
    const headers: Record<string, string> = {
      'content-type': isPage ? 'text/plain' : mediaTypes[encoding],
      'content-length': String(body.length),
      ...(isPage ? {} : { authorization: `Bearer ${request.writeKey}` }),
    };
    const onAnswer = (http: HttpAnswer) => {
      if (http.status === 200) network.lastAck = http;
      hears(http);
    };
    const isUp = server?.receive(`/v1/events?${query}`, headers, body, onAnswer, reset) ?? false;
    if (!isUp) reset();
  }
}

function outcomeOf({ status, headers, body }: HttpAnswer): TransportOutcome {
  return {
    kind: 'answer',
    status,
    retryAfter: headers['retry-after'] ?? null,
    date: headers.date ?? null,
    body,
  };
}

function broken(detail: string): TransportOutcome {
  return { kind: 'network', detail };
}

function holdsPoison({ events }: BatchRequest): boolean {
  return events.some((json) => Buffer.from(json).includes(poisonUserId));
}

function smallerLimit(nowMs: number): HttpAnswer {
  const code = 'too_many_events';
  const problem = { type: `urn:holdfast:problem:${code}`, title: code, status: 413, code };
  return {
    status: 413,
    headers: { 'content-type': 'application/problem+json', date: new Date(nowMs).toUTCString() },
    body: JSON.stringify(problem),
  };
}
