import * as clientLimits from './limits.js';
import type { CoreOptions } from './ports.js';
import { type GateState, RetryGate, type RetryGateParts } from './retry-gate.js';

export interface Endpoint {
  readonly url: string;
  readonly gate: RetryGate;
}

export interface EndpointsParts extends RetryGateParts {
  readonly options: Pick<CoreOptions, 'endpoints'>;
}

/**
 * Which endpoint the next batch goes to. Failures move on to the next of the list; every 30 s one
 * batch probes the first again. Orders to wait are no failures until they have lasted 5 minutes.
 */
export class Endpoints {
  readonly all: readonly Endpoint[];
  readonly #parts: EndpointsParts;
  #current = 0;
  #nextProbeMs = 0;

  constructor(parts: EndpointsParts) {
    this.#parts = parts;
    this.all = parts.options.endpoints.map((url) => ({ url, gate: new RetryGate(parts) }));
  }

  /** The endpoint in use, or the first one when its probe is due and no order forbids it. */
  pick(): { readonly endpoint: Endpoint; readonly isProbe: boolean } {
    this.failed(this.#inUse());
    const first = this.all[0]!;
    const isProbe =
      this.#current > 0 && this.#nowMs() >= this.#nextProbeMs && !first.gate.isOrdered();
    return { endpoint: isProbe ? first : this.#inUse(), isProbe };
  }

  /** When orders to wait will have lasted long enough to move on; Infinity: not by themselves. */
  failoverInMs(): number {
    const waitedMs = this.#nowMs() - this.#inUse().gate.waitingSinceMs;
    // The same sum as in failed(), in whole ms: the clock has fractions, and a timer that came a
    // hair too early would be set again without end.
    return Math.max(0, Math.ceil(clientLimits.failoverAfterWaitMs - waitedMs));
  }

  /** Notes that a probe of the first endpoint goes out. */
  probing(): void {
    this.#nextProbeMs = this.#nowMs() + clientLimits.failbackProbeMs;
  }

  succeeded(endpoint: Endpoint): void {
    endpoint.gate.succeed();
    if (endpoint === this.all[0]) this.#current = 0;
  }

  /** Moves on if this endpoint has failed often enough, or made us wait for too long. */
  failed(endpoint: Endpoint): void {
    const { gate } = endpoint;
    if (endpoint !== this.#inUse()) return;
    const isOftenEnough = gate.strikes >= clientLimits.failoverAfterFailures;
    const waitedMs = this.#nowMs() - gate.waitingSinceMs;
    if (!isOftenEnough && waitedMs < clientLimits.failoverAfterWaitMs) return;
    gate.strikes = 0;
    gate.waitingSinceMs = Number.POSITIVE_INFINITY;
    this.#current = (this.#current + 1) % this.all.length;
    this.probing();
  }

  openBackoffs(): void {
    for (const { gate } of this.all) gate.openBackoff();
  }

  state(): Record<string, GateState> {
    return Object.fromEntries(this.all.map(({ url, gate }) => [url, gate.state()]));
  }

  inherit(states: Record<string, GateState>): void {
    for (const { url, gate } of this.all) {
      const state = states[url];
      if (state) gate.inherit(state);
    }
  }

  #inUse(): Endpoint {
    return this.all[this.#current]!;
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }
}
