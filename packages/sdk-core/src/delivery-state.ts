import type { Endpoints } from './endpoints.js';
import type { EventStore } from './ports.js';
import { quietly } from './quietly.js';
import type { GateState } from './retry-gate.js';
import type { ServerTime } from './server-time.js';

interface SavedState {
  readonly epoch?: number;
  readonly gates?: Record<string, GateState>;
  readonly bases?: [string, number][];
}

export interface DeliveryStateParts {
  readonly store: EventStore;
  readonly endpoints: Endpoints;
  readonly serverTime: ServerTime;
}

/** What delivery knows that must outlive the process: gates, epoch, the bases of events' ages. */
export class DeliveryState {
  /** The highest epoch that a collector has named. */
  epoch = 0;
  readonly #parts: DeliveryStateParts;

  constructor(parts: DeliveryStateParts) {
    this.#parts = parts;
  }

  noteEpoch(epoch: number): void {
    if (epoch <= this.epoch) return;
    this.epoch = epoch;
    this.save();
  }

  async load(): Promise<void> {
    const { store, endpoints, serverTime } = this.#parts;
    const text = await store.readState();
    // None yet, or torn by a crash: the state begins anew, which costs at most a needless request.
    const saved = quietly(() => JSON.parse(text ?? '') as SavedState);
    const { epoch = 0, gates = {}, bases = [] } = saved ?? {};
    this.epoch = Math.max(this.epoch, epoch);
    serverTime.inherit(bases);
    endpoints.inherit(gates);
  }

  /** Best effort: what cannot be saved costs a needless request after a restart, never an event. */
  save(): void {
    const { store, endpoints, serverTime } = this.#parts;
    const saved: SavedState = {
      epoch: this.epoch,
      gates: endpoints.state(),
      bases: serverTime.bases(),
    };
    store.writeState(JSON.stringify(saved)).catch(() => {});
  }
}
