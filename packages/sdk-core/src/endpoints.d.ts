import type { Random } from './ports.js';
import { type GateState, RetryGate } from './retry-gate.js';
export interface Endpoint {
  readonly url: string;
  readonly gate: RetryGate;
}
/**
 * Which endpoint the next batch goes to. Failures move on to the next of the list; every 30 s one
 * batch probes the first again. Orders to wait are no failures until they have lasted 5 minutes.
 */
export declare class Endpoints {
  #private;
  readonly all: readonly Endpoint[];
  constructor(urls: readonly string[], random: Random);
  /** The endpoint in use, or the first one when its probe is due and no order forbids it. */
  pick(nowMs: number): {
    readonly endpoint: Endpoint;
    readonly isProbe: boolean;
  };
  /** Notes that a probe of the first endpoint goes out. */
  probing(nowMs: number): void;
  succeeded(endpoint: Endpoint, nowMs: number): void;
  /** Moves on if this endpoint has failed often enough, or made us wait for too long. */
  failed(endpoint: Endpoint, nowMs: number): void;
  openBackoffs(nowMs: number): void;
  state(nowMs: number, wallMs: number): Record<string, GateState>;
  inherit(states: Record<string, GateState>, nowMs: number, wallMs: number): void;
}
