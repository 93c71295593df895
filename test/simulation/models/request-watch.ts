/**
 * Watches one client's requests: none inside a Retry-After, not too many at once, none with an
 * event whose verdict was written. And notes when each event was tried.
 */
import { parseProblem } from '@holdfast/protocol';
import { clientLimits } from '@holdfast/sdk-core';
import type { BatchRequest, EventJson, TransportOutcome } from '@holdfast/sdk-core/ports';
import type { FaultCounts } from '../fault-kinds.js';
import type { Ledger, TrackedEvent } from '../ledger.js';

interface Order {
  readonly endpoint: string;
  readonly untilMs: number;
  /** Undefined: it holds for all. */
  readonly priority: string | undefined;
}

export interface StartedRequest {
  readonly request: BatchRequest;
  readonly events: readonly TrackedEvent[];
}

/** Rounding of timers. */
const slackMs = 1;

export class RequestWatch {
  readonly #ledger: Ledger;
  readonly #faults: FaultCounts;
  readonly #name: string;
  readonly #maxInFlight: number;
  #orders: Order[] = [];
  #inFlight = 0;
  #keepalives = 0;
  #lastEndpoint: string | undefined;

  constructor(ledger: Ledger, faults: FaultCounts, name: string, maxInFlight: number) {
    this.#ledger = ledger;
    this.#faults = faults;
    this.#name = name;
    this.#maxInFlight = maxInFlight;
  }

  starts(request: BatchRequest): StartedRequest {
    const ids = request.events.map(eventIdOf);
    const events = ids.map((id) => this.#ledger.find(id)).filter((event) => event !== undefined);
    const { endpoint, priority } = request;
    this.#ledger.note(`${this.#name} sends ${ids.length} ${priority} to ${endpoint}`, () => ids);
    if (this.#lastEndpoint !== undefined && this.#lastEndpoint !== endpoint) {
      this.#faults.add('failover');
    }
    this.#lastEndpoint = endpoint;
    // One more while the page goes away, which may come between two looks of the delivery loop.
    if (request.isKeepalive) this.#keepalives++;
    else this.#inFlight++;
    if (this.#inFlight > this.#maxInFlight || this.#keepalives > 1) {
      const text = `${this.#inFlight} requests under way, and ${this.#keepalives} last ones`;
      this.#ledger.breach('bounds', `${this.#name} has ${text}`);
    }
    this.#checkOrders(request, ids);
    for (const event of events) this.#checkSettled(event);
    return { request, events };
  }

  ends({ request, events }: StartedRequest, outcome: TransportOutcome, wallMs: number): void {
    const nowMs = this.#ledger.nowMs;
    if (request.isKeepalive) this.#keepalives--;
    else this.#inFlight--;
    for (const event of events) event.triedAtMs = nowMs;
    this.#ledger.note(`${this.#name} gets ${textOf(outcome)}`, () =>
      events.map(({ eventId }) => eventId),
    );
    if (outcome.kind !== 'answer') return;
    const afterMs = orderedWaitMs(outcome, wallMs);
    if (afterMs === undefined) return;
    const isDate = outcome.retryAfter!.endsWith('GMT');
    this.#faults.add(isDate ? 'retryAfterDate' : 'retryAfterSeconds');
    const isShed = outcome.body.includes('"code":"shed"');
    const { endpoint, priority } = request;
    const untilMs = nowMs + afterMs - slackMs;
    this.#orders.push({ endpoint, untilMs, priority: isShed ? priority : undefined });
  }

  #checkOrders({ endpoint, priority }: BatchRequest, ids: readonly string[]): void {
    const nowMs = this.#ledger.nowMs;
    this.#orders = this.#orders.filter(({ untilMs }) => untilMs > nowMs);
    const broken = this.#orders.find(
      (order) =>
        order.endpoint === endpoint &&
        (order.priority === undefined || order.priority === priority),
    );
    if (!broken) return;
    const leftS = ((broken.untilMs - nowMs) / 1_000).toFixed(1);
    const text = `${this.#name} asks ${endpoint} ${leftS} s before its Retry-After ends`;
    this.#ledger.breach('no request inside a Retry-After', text, ids);
  }

  #checkSettled({ eventId, settledAtMs, client }: TrackedEvent): void {
    if (settledAtMs === undefined || this.#ledger.hasStoodStill) return;
    const { lastFaultMs, lastPowerLossMs } = client.place;
    // A verdict that a failing disk did not take, or that a power cut took, comes back.
    if (Math.max(lastFaultMs, lastPowerLossMs) > 0) return;
    const text = `${this.#name} sends ${eventId} again, whose verdict was written`;
    this.#ledger.breach('settled is settled', text, [eventId]);
  }
}

function textOf(outcome: TransportOutcome): string {
  if (outcome.kind !== 'answer') return outcome.kind;
  const { status, body, retryAfter } = outcome;
  const code = /"code":"(\w+)"/.exec(body)?.[1] ?? '';
  return `${status} ${code} ${retryAfter === null ? '' : `Retry-After ${retryAfter}`}`;
}

/** How long an answer orders to wait, as RFC 9110 has it; undefined: not at all. */
function orderedWaitMs(
  answer: TransportOutcome & { kind: 'answer' },
  wallMs: number,
): number | undefined {
  if (answer.status !== 429 && answer.status !== 503) return undefined;
  const text = answer.retryAfter;
  if (!text) return undefined;
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1_000
    : Date.parse(text) - (Date.parse(answer.date ?? '') || wallMs);
  // Less than a second is left to the backoff: DESIGN.md.
  const isOurs = parseProblem(answer.body, answer.status) !== undefined;
  const maxMs = isOurs ? clientLimits.maxRetryAfterMs : clientLimits.maxForeignRetryAfterMs;
  return ms >= clientLimits.backoffBaseMs ? Math.min(ms, maxMs) : undefined;
}

const decoder = new TextDecoder();

/** Events begin with their type and their eventId. */
export function eventIdOf(json: EventJson): string {
  const text =
    typeof json === 'string' ? json.slice(0, 200) : decoder.decode(json.subarray(0, 200));
  return /"eventId":"([^"]+)"/.exec(text)?.[1] ?? '';
}
