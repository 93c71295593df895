import * as clientLimits from './limits.js';
import type { CoreOptions, Random } from './ports.js';
import { type GateState, RetryGate } from './retry-gate.js';

export interface Endpoint {
  readonly url: string;
  readonly gate: RetryGate;
}

export interface EndpointsParts {
  readonly options: Pick<CoreOptions, 'endpoints'>;
  readonly random: Random;
}

/**
 * Which endpoint the next batch goes to. Failures move on to the next of the list; every 30 s one
 * batch probes the first again. Orders to wait are no failures until they have lasted 5 minutes.
 */
export class Endpoints {
  readonly all: readonly Endpoint[];
  #current = 0;
  #nextProbeMs = 0;

  constructor({ options, random }: EndpointsParts) {
    this.all = options.endpoints.map((url) => ({ url, gate: new RetryGate(random) }));
  }

  /** The endpoint in use, or the first one when its probe is due and no order forbids it. */
  pick(nowMs: number): { readonly endpoint: Endpoint; readonly isProbe: boolean } {
    this.failed(this.all[this.#current]!, nowMs);
    const first = this.all[0]!;
    const isProbe =
      this.#current !== 0 && nowMs >= this.#nextProbeMs && !first.gate.isOrdered(nowMs);
    return { endpoint: isProbe ? first : this.all[this.#current]!, isProbe };
  }

  /** When orders to wait will have lasted long enough to move on; Infinity: not by themselves. */
  failoverInMs(nowMs: number): number {
    const { waitingSinceMs } = this.all[this.#current]!.gate;
    if (waitingSinceMs === undefined || this.all.length === 1) return Number.POSITIVE_INFINITY;
    // The same sum as in failed(), in whole ms: the clock has fractions, and a timer that came a
    // hair too early would be set again without end.
    return Math.max(0, Math.ceil(clientLimits.failoverAfterWaitMs - (nowMs - waitingSinceMs)));
  }

  /** Notes that a probe of the first endpoint goes out. */
  probing(nowMs: number): void {
    this.#nextProbeMs = nowMs + clientLimits.failbackProbeMs;
  }

  succeeded(endpoint: Endpoint, nowMs: number): void {
    endpoint.gate.succeed(nowMs);
    if (endpoint === this.all[0]) this.#current = 0;
  }

  /** Moves on if this endpoint has failed often enough, or made us wait for too long. */
  failed(endpoint: Endpoint, nowMs: number): void {
    const { strikes, waitingSinceMs } = endpoint.gate;
    const waitedMs = waitingSinceMs === undefined ? 0 : nowMs - waitingSinceMs;
    if (endpoint !== this.all[this.#current]) return;
    const isOftenEnough = strikes >= clientLimits.failoverAfterFailures;
    if (!isOftenEnough && waitedMs < clientLimits.failoverAfterWaitMs) return;
    endpoint.gate.strikes = 0;
    endpoint.gate.waitingSinceMs = undefined;
    this.#current = (this.#current + 1) % this.all.length;
    this.#nextProbeMs = nowMs + clientLimits.failbackProbeMs;
  }

  openBackoffs(nowMs: number): void {
    for (const { gate } of this.all) gate.openBackoff(nowMs);
  }

  state(nowMs: number, wallMs: number): Record<string, GateState> {
    return Object.fromEntries(this.all.map(({ url, gate }) => [url, gate.state(nowMs, wallMs)]));
  }

  inherit(states: Record<string, GateState>, nowMs: number, wallMs: number): void {
    for (const { url, gate } of this.all) {
      const state = states[url];
      if (state) gate.inherit(state, nowMs, wallMs);
    }
  }
}
